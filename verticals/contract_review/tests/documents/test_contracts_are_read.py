from __future__ import annotations

from io import BytesIO
from time import process_time
from typing import Any

import docx
import pytest
from django.utils import translation
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from PIL import Image, ImageDraw

from sunmao.core.errors import EmptyInput, UnreadableFile
from sunmao.knowledge.sandbox.client import NotWanted
from sunmao.knowledge.sandbox.reading import can_recognise, parse_safely
from sunmao.knowledge.sandbox.wire import Garbled
from tests.sunmao.knowledge.text import files
from verticals.contract_review.documents.contract_text import ContractText, Remark
from verticals.contract_review.documents.reading import pasted, read_contract, said
from verticals.contract_review.documents.reading.wire import contract_from
from verticals.contract_review.tests.documents import long_contracts, word
from verticals.contract_review.tests.documents.word import (
    BOLD,
    W,
    deleted,
    document,
    inserted,
    paragraph,
    run,
    table,
)

BOX = (
    '<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>'
    "<w:p><w:r><w:t>框内约定</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>暗藏的话</w:t></w:r>"


def read(data: bytes, name: str = "合同.docx", *, recognise: bool = False) -> ContractText:
    return read_contract(data, name=name, recognise=recognise)


def with_note(data: bytes) -> bytes:
    """The document with a footnote part that says one thing."""
    made = docx.Document(BytesIO(data))
    note = f'<w:footnote w:id="2">{paragraph(run("以实际发生额为准。"))}</w:footnote>'
    xml = f'<w:footnotes xmlns:w="{W[1:-1]}">{note}</w:footnotes>'.encode()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, xml, made.part.package)
    made.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    made.sections[0].header.paragraphs[0].text = "和木家居 · 机密"
    made.sections[0].footer.paragraphs[0].text = "第 1 页"
    return word.saved(made)


def test_a_word_document_is_read_as_if_every_change_were_accepted_and_with_all_its_parts() -> None:
    contract = read(
        with_note(
            document(
                paragraph(run("服务合同", BOLD)),
                paragraph(run("费用"), deleted("100"), inserted(run("80")), run("万元"),
                          '<w:r><w:footnoteReference w:id="2"/></w:r>', run("。"), HIDDEN),
                table((paragraph(run("期次")), paragraph(run("金额")) + paragraph(run("含税")))),
                paragraph(run("见右框"), BOX),
                paragraph(run("末条")),
            )
        )
    )  # fmt: skip

    assert contract.text.split("\n") == [
        "服务合同", "费用80万元。", "期次\t金额", "含税", "见右框", "框内约定", "末条",
        "[1] 以实际发生额为准。", "和木家居 · 机密",
    ]  # fmt: skip
    assert (contract.kind, contract.title, contract.needs_ocr) == ("docx", "合同", False)
    assert contract.hidden == ("暗藏的话",)
    assert set(contract.remarks) == {Remark("tracked_changes", "2"), Remark("hidden_text", "4")}
    locked = {contract.text[p.start : p.end]: p.locked for p in contract.pieces if p.locked}
    assert locked == {"框内约定": "box", "[1] 以实际发生额为准。": "note", "和木家居 · 机密": "margin"}


def test_comments_of_others_are_counted_and_not_read_as_the_contract() -> None:
    mark = '<w:r><w:commentReference w:id="0"/></w:r>'
    contract = read(
        document(paragraph(run("第一条 服务费80万元。"), mark), paragraph(run("第二条 完。"), mark))
    )

    assert contract.text == "第一条 服务费80万元。\n第二条 完。"
    assert contract.remarks == (Remark("comments", "2"),)
    with translation.override("en"):
        assert "2 comments" in str(said(contract.remarks[0]))


def test_every_character_but_line_ends_and_tabs_of_tables_has_its_piece() -> None:
    contract = read(long_contracts.word_document(3))

    covered = "".join(contract.text[piece.start : piece.end] for piece in contract.pieces)
    assert covered == contract.text.replace("\n", "").replace("\t", "")
    assert all(not piece.locked for piece in contract.pieces)


def test_remarks_are_sentences() -> None:
    assert "2" in str(said(Remark("tracked_changes", "2")))
    assert "3" in str(said(Remark("unread_pages", "3")))


def test_a_pdf_says_where_its_lines_stand() -> None:
    data = files.pdf(
        "第一条 甲方应在合同签订后三十日内支付乙方服务费用。", "第二条 争议由法院管辖。\n第三条 完。"
    )
    contract = read(data, "合同.pdf")

    assert contract.text == parse_safely(name="合同.pdf", data=data).text
    assert (contract.kind, contract.page_count, contract.needs_ocr) == ("pdf", 2, False)
    lines = [(box.page, contract.text[box.start : box.end]) for box in contract.boxes]
    assert lines == [
        (1, "第一条 甲方应在合同签订后三十日内支付乙方服务费用。"),
        (2, "第二条 争议由法院管辖。"),
        (2, "第三条 完。"),
    ]
    for box in contract.boxes:
        width, height = contract.page_sizes[box.page - 1]
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height
    assert contract.boxes[1].bottom <= contract.boxes[2].top


def scan(*lines: str) -> bytes:
    """A PDF of one picture."""
    image = Image.new("RGB", (1240, 700), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((100, 100 + 80 * number), line, fill="black", font_size=40)
    held = BytesIO()
    image.save(held, "PDF")
    return held.getvalue()


def test_a_scan_is_reported_and_not_silently_empty() -> None:
    contract = read(scan("The fee is due in 30 days."), "scan.pdf")

    assert (contract.text, contract.needs_ocr, contract.page_count) == ("", True, 1)
    assert contract.remarks == (Remark("unread_pages", "1"),)


@pytest.mark.skipif(not can_recognise(), reason="text recognition is not installed")
def test_a_scan_is_read_where_text_recognition_is_installed() -> None:
    contract = read(scan("The fee is due in 30 days."), "scan.pdf", recognise=True)

    assert contract.text == "The fee is due in 30 days."
    assert (contract.needs_ocr, contract.remarks) == (False, (Remark("recognised_pages", "1"),))


@pytest.mark.skipif(not can_recognise(), reason="text recognition is not installed")
def test_a_scan_without_words_is_not_told_to_have_no_pictures() -> None:
    with pytest.raises(UnreadableFile) as told:
        read(scan(""), "scan.pdf", recognise=True)

    with translation.override("en"):
        assert (told.value.code, "recognised in the scan" in str(told.value)) == ("empty_file", True)


def test_a_page_with_a_stamp_and_ten_letters_is_a_scan_too() -> None:
    from reportlab.pdfgen.canvas import Canvas

    held = BytesIO()
    canvas = Canvas(held)
    canvas.drawString(72, 700, "The whole first page has words enough to be read.")
    canvas.showPage()
    canvas.drawString(72, 72, "Copy 7 of 9")
    canvas.drawInlineImage(Image.new("RGB", (300, 300), "grey"), 100, 300)
    canvas.save()
    contract = read(held.getvalue(), "scan.pdf")

    assert contract.needs_ocr
    assert contract.text.startswith("The whole first page")


def encrypted_word_document() -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )


def workbook() -> bytes:
    import openpyxl

    held = BytesIO()
    openpyxl.Workbook().save(held)
    return held.getvalue()


def without_pages() -> bytes:
    import pypdfium2

    held = BytesIO()
    with pypdfium2.PdfDocument.new() as made:
        made.save(held)
    return held.getvalue()


def declared() -> bytes:
    """A document type declaration in the main part."""
    made = _members(document(paragraph(run("x"))))
    made["word/document.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + made["word/document.xml"].partition(b"?>")[2]
    )
    return files.zipped(made)


def _members(data: bytes) -> dict[str, bytes]:
    from zipfile import ZipFile

    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("case", "name", "data", "code"),
    [
        ("a table", "a.xlsx", workbook, "unsupported_contract_type"),
        ("a web page", "a.html", lambda: b"<html><body>x</body></html>", "unsupported_contract_type"),
        ("an old Word document", "a.doc", lambda: OLE + bytes(900), "unsupported_file_type"),
        ("a Word document with a password", "a.docx", encrypted_word_document, "encrypted_file"),
        ("a PDF with a password", "a.pdf", lambda: files.pdf("x", encrypted=True), "encrypted_file"),
        ("a PDF without pages", "a.pdf", without_pages, "corrupt_file"),
        ("half a PDF", "a.pdf", lambda: files.pdf("x" * 500)[:400], "truncated_file"),
        ("a Word document without a word", "a.docx", lambda: document(paragraph()), "empty_file"),
        ("half a Word document", "a.docx", lambda: document(paragraph(run("x")))[:3000], "corrupt_file"),
        ("a Word document with declarations", "a.docx", declared, "unsafe_file"),
        ("blanks", "a.txt", lambda: b" \n ", "empty_file"),
        ("nothing", "a.docx", lambda: b"", "empty_file"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_contract_is_refused_with_its_reason(
    case: str, name: str, data: Any, code: str
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(data(), name)
    assert refused.value.code == code


def test_a_plain_text_is_read_as_it_is() -> None:
    assert read("第一条\r\n第二条\r\n".encode("gb18030"), "a.txt") == ContractText(
        text="第一条\n第二条", kind="text", title="a"
    )


def test_pasted_text_holds_only_what_a_file_can_hold() -> None:
    assert pasted("\r\n甲方\u200b\x00应\r付款\u2028完\n").text == "甲方\ufffd应\n付款\n完"
    with pytest.raises(EmptyInput) as refused:
        pasted(" \u200b\n")
    assert refused.value.code == "empty_contract"


def test_a_reader_that_is_no_longer_wanted_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sunmao.knowledge.sandbox.client._TICK", 0.01)  # asked before any machine is done
    with pytest.raises(NotWanted):
        read_contract(long_contracts.word_document(300), name="a.docx", still_wanted=lambda: False)


GOOD = {
    "text": "abc", "kind": "docx", "title": "",
    "pieces": [{"start": 0, "end": 3, "story": "body", "locked": ""}],
    "pages": [], "page_sizes": [], "boxes": [], "remarks": [], "needs_ocr": False, "hidden": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        ("another kind", {"kind": "exe"}),
        ("a number for a text", {"text": 3}),
        ("a piece beyond the text", {"pieces": [{"start": 0, "end": 4, "story": "body", "locked": ""}]}),
        ("a piece before the text", {"pieces": [{"start": -1, "end": 2, "story": "body", "locked": ""}]}),
        ("pieces that overlap", {"pieces": [{"start": 0, "end": 2, "story": "body", "locked": ""}] * 2}),
        ("no pieces at all", {"pieces": None}),
        ("an endless page", {"page_sizes": [[float("inf"), 1]]}),
        ("a place that is no number", {"boxes": [{"page": 1, "start": 0, "end": 1, "left": "0"}]}),
    ],
)
def test_an_answer_that_is_none_is_not_believed(case: str, wrong: dict[str, Any]) -> None:
    assert contract_from(GOOD).text == "abc"
    with pytest.raises((Garbled, KeyError, TypeError)):
        contract_from(GOOD | wrong)


def test_three_hundred_pages_are_read_whole() -> None:
    data = long_contracts.word_document(300)
    begun = process_time()
    contract = read(data)

    assert contract.text == long_contracts_text(data)
    assert len(contract.text) > 300_000
    assert process_time() - begun < 20


def long_contracts_text(data: bytes) -> str:
    """By another road: paragraphs and tables in their order."""
    lines = []
    for block in docx.Document(BytesIO(data)).iter_inner_content():
        if hasattr(block, "rows"):
            lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return "\n".join(lines)
