from __future__ import annotations

import docx
import pytest
from django.utils import translation

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import FORMATS, SUPPORTED_EXTENSIONS, Remark, parse, remarks, source
from tests.sunmao.knowledge.text import files

LAW = "# 中华人民共和国测试法\n\n第一条　为了测试，制定本法。\n"


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(UnreadableFile) as refused:
        parse(name=name, data=data)
    assert refused.value.message is not UnreadableFile.default_message
    return refused.value.code


def test_the_supported_extensions_are_listed() -> None:
    assert " ".join(SUPPORTED_EXTENSIONS) == (
        ".bmp .csv .docm .docx .eml .gif .htm .html .jpeg .jpg .markdown .md .pdf .png .pptm .pptx "
        ".tif .tiff .tsv .txt .webp .xhtml .xlsm .xlsx .zip"
    )


def test_only_what_cannot_unpack_is_plain() -> None:
    """These are read in the worker itself."""
    assert [known.media_type for known in FORMATS if known.is_plain] == ["text/markdown", "text/plain"]


def test_markdown_keeps_its_source_and_takes_its_title_from_the_first_heading() -> None:
    parsed = parse(name="x.md", data=LAW.encode())
    assert (parsed.text, parsed.title, parsed.media_type) == (LAW, "中华人民共和国测试法", "text/markdown")
    assert parsed.pages == ()


@pytest.mark.parametrize(
    ("case", "name", "title"),
    [
        ("plain name", "退货政策.txt", "退货政策"),
        ("unix folders", "../../etc/退货.txt", "退货"),
        ("windows folders", "C:\\文档\\退货.TXT", "退货"),
        ("several dots", "v1.2 最终.txt", "v1.2 最终"),
        ("control characters", "退\x00货\n\u202e.txt", "退货"),
        ("markup", "<script>alert(1)</script>.txt", "script>"),
        ("very long", "长" * 500 + ".txt", "长" * 200),
    ],
)
def test_a_title_comes_from_the_last_component_of_the_name(case: str, name: str, title: str) -> None:
    assert parse(name=name, data="正文。".encode()).title == title, case


@pytest.mark.parametrize(
    ("case", "name", "data", "code"),
    [
        ("nothing", "a.txt", b"", "empty_file"),
        ("unknown extension", "a.exe", b"MZ..", "unsupported_file_type"),
        ("no extension", "README", b"text", "unsupported_file_type"),
        (
            "a spreadsheet without its parts",
            "a.xlsx",
            files.zipped({"xl/workbook.xml": b"<x/>"}),
            "corrupt_file",
        ),
        (
            "a presentation without its parts",
            "a.pptx",
            files.zipped({"ppt/presentation.xml": b"<x/>"}),
            "corrupt_file",
        ),
        (
            "an old Word document",
            "a.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64,
            "unsupported_file_type",
        ),
        ("a picture named text", "a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "corrupt_file"),
        ("a program named text", "a.txt", b"\x7fELF" + bytes(range(256)) * 8, "binary_file"),
        ("text named PDF", "a.pdf", b"hello", "corrupt_file"),
        ("text named Word", "a.docx", b"hello", "corrupt_file"),
        ("half a Word document", "a.docx", files.word(docx.Document())[:900], "corrupt_file"),
        ("Word without its parts", "a.docx", files.zipped({"word/document.xml": b"<x/>"}), "corrupt_file"),
        ("an empty Word document", "a.docx", files.word(docx.Document()), "empty_file"),
        ("half a PDF", "a.pdf", files.pdf("abc")[:400], "truncated_file"),
        ("a PDF of rubbish", "a.pdf", b"%PDF-1.7\nrubbish\n%%EOF", "corrupt_file"),
        ("a PDF with a password", "a.pdf", files.pdf("abc", encrypted=True), "encrypted_file"),
        ("a PDF of blank pages", "a.pdf", files.pdf("", ""), "empty_file"),
        (
            "a Word document with a password",
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted_file",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(case: str, name: str, data: bytes, code: str) -> None:
    assert refusal(name, data) == code, case


@pytest.mark.parametrize(
    ("case", "entries", "code"),
    [
        ("ratio above one hundred", {"word/document.xml": b"0" * 5_000_000}, "file_too_large_inside"),
        (
            "too many entries",
            {f"e{i}": b"" for i in range(10_001)} | {"word/document.xml": b""},
            "file_too_large_inside",
        ),
    ],
)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(case: str, entries: dict[str, bytes], code: str) -> None:
    assert refusal("a.docx", files.zipped(entries)) == code, case


def test_the_sum_of_all_entries_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source.Budget.__init__, "__defaults__", (1000, 10_000))
    assert refusal("a.docx", files.word(docx.Document())) == "file_too_large_inside"


def test_radicals_are_folded_whatever_they_came_in() -> None:
    parsed = parse(name="a.md", data="# ⺠法典\n\n⼈⾝保险与⻋辆。".encode())
    assert (parsed.title, parsed.text) == ("民法典", "# 民法典\n\n人身保险与车辆。")


def test_the_content_decides_over_the_extension() -> None:
    parsed = parse(name="law.txt", data=files.pdf("Section 1. Scope."))
    assert parsed.media_type == "application/pdf"
    assert parsed.remarks == (Remark("wrong_extension", ".txt", ".pdf"),)
    with translation.override("en"):
        assert str(remarks.said(parsed.remarks[0])) == (
            "The name ends in .txt, but the content is .pdf; it was read as that."
        )


def test_the_right_extension_is_not_remarked() -> None:
    assert parse(name="law.pdf", data=files.pdf("Section 1. Scope.")).remarks == ()


def test_word_headings_lists_and_tables_become_markdown_in_reading_order() -> None:
    document = docx.Document()
    document.add_heading("员工手册", level=1)
    document.add_paragraph("前言。")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table.rows[0].cells, ("假别", "天数", "备注"), strict=True):
        cell.text = text
    for cell, text in zip(table.rows[1].cells, ("年假", "5", "a|b"), strict=True):
        cell.text = text
    document.add_heading("请假", level=2)
    document.add_paragraph("先申请。", style="List Bullet")
    parsed = parse(name="handbook.docx", data=files.word(document))
    assert (
        parsed.text == "# 员工手册\n\n前言。\n\n假别 | 天数 | 备注\n年假 | 5 | a¦b\n\n## 请假\n\n- 先申请。"
    )
    assert parsed.title == "员工手册"


def test_a_merged_cell_is_read_once() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "合并"
    table.cell(0, 2).text = "单独"
    assert parse(name="t.docx", data=files.word(document)).text == "合并 | 单独"
