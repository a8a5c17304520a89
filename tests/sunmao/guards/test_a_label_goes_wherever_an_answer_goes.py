"""One path of the label: every door and every file format carries it, and it is read back from each."""

from __future__ import annotations

import ast
import csv
import io
import json
from pathlib import Path

import pypdfium2
import pytest
from docx import Document

from sunmao.core.errors import InvalidInput
from sunmao.guards.embedding import Format, embed, read_back
from sunmao.guards.label import Label, label, of_stored

ROOT = Path(__file__).parents[3]
GENERATED = label(kind="generated", produce_id="01a2", text="七日内可退货 [1]。")


def test_generated_text_has_the_object_of_the_standard() -> None:
    assert list(GENERATED.aigc) == [
        "Label",
        "ContentProducer",
        "ProduceID",
        "ReservedCode1",
        "ContentPropagator",
        "PropagateID",
        "ReservedCode2",
    ]
    assert GENERATED.aigc["Label"] == "1"
    assert GENERATED.aigc["ProduceID"] == GENERATED.aigc["PropagateID"] == "01a2"
    assert GENERATED.aigc["ReservedCode1"].startswith("sha256:")
    assert GENERATED.ai_generated
    assert "人工智能" in GENERATED.text("zh")


@pytest.mark.parametrize("kind", ["extract", "rules"])
def test_what_was_not_generated_says_so_and_claims_nothing(kind: str) -> None:
    made = label(kind=kind)  # type: ignore[arg-type]
    assert (made.ai_generated, made.aigc) == (False, {})
    assert made.text("en").endswith("no text was generated")


def test_it_survives_being_stored() -> None:
    assert of_stored(GENERATED.stored()) == GENERATED


def test_records_of_before_keep_theirs() -> None:
    old = {"zh": "摘自知识库", "en": "Extract from the knowledge base, word for word; no text was generated"}
    assert of_stored(old) == Label(kind="extract", texts=old)
    assert of_stored({}) == Label(kind="none")


def test_a_copied_text_carries_it() -> None:
    assert GENERATED.after("七日内。", "en") == (
        "七日内。\n\n[AI-generated content; check it against the cited sources]"
    )


def _docx() -> bytes:
    out = io.BytesIO()
    made = Document()
    made.add_paragraph("七日内可退货。")
    made.save(out)
    return out.getvalue()


def _pdf() -> bytes:
    out = io.BytesIO()
    made = pypdfium2.PdfDocument.new()
    made.new_page(200, 200).close()
    made.save(out)
    made.close()
    return out.getvalue()


def _pdf_with_streamed_references() -> bytes:
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    parts.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>")
    out, places = b"%PDF-1.5\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    rows = b"\0" * 9 + b"\xff\xff"
    rows += b"".join(b"\1" + place.to_bytes(8, "big") + b"\0\0" for place in (*places, len(out)))
    table = b"<</Type/XRef/Size 5/W[1 8 2]/Root 1 0 R/Length %d>>\nstream\n%s\nendstream" % (len(rows), rows)
    return out + b"4 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


FILES: list[tuple[Format, bytes]] = [
    ("docx", _docx()),
    ("pdf", _pdf()),
    ("pdf", _pdf_with_streamed_references()),
    ("json", b'{"answer": "yes"}'),
    ("json", b"[1, 2]"),
    ("csv", "问题,答案\r\n一,二\r\n".encode()),
    ("md", "---\ntitle: 退货\n---\n# 退货\n".encode()),
    ("md", "# 退货\n".encode()),
    ("txt", "七日内。\n".encode()),
]


@pytest.mark.parametrize(("format_", "data"), FILES)
def test_every_format_is_read_back(format_: Format, data: bytes) -> None:
    assert read_back(format_, embed(format_, data, label=GENERATED)) == GENERATED.aigc


@pytest.mark.parametrize(("format_", "data"), FILES)
def test_no_format_claims_it_of_an_extract(format_: Format, data: bytes) -> None:
    assert read_back(format_, embed(format_, data, label=label(kind="extract"))) is None


def test_readers_see_it_as_well() -> None:
    shown = GENERATED.text("zh")
    made = {format_: embed(format_, data, label=GENERATED) for format_, data in FILES}
    footer = Document(io.BytesIO(made["docx"])).sections[0].footer
    assert shown in [paragraph.text for paragraph in footer.paragraphs]
    assert made["md"].decode().endswith(f"> {shown}\n")
    assert list(csv.DictReader(io.StringIO(made["csv"].decode("utf-8-sig"))))[0]["label"] == shown
    assert json.loads(made["json"])["label"] == shown
    assert f"[{shown}]" in made["txt"].decode()


def test_a_pdf_is_only_added_to() -> None:
    data = _pdf()
    labelled = embed("pdf", data, label=GENERATED)
    assert labelled.startswith(data)
    opened = pypdfium2.PdfDocument(labelled)
    assert (len(opened), opened.get_metadata_value("Creator")) == (1, "PDFium")
    opened.close()
    assert read_back("pdf", embed("pdf", labelled, label=GENERATED)) == GENERATED.aigc


@pytest.mark.parametrize(
    ("format_", "data"), [("pdf", b"no PDF"), ("json", b"{"), ("csv", b""), ("md", b"\xff\xfe\x00")]
)
def test_what_is_not_of_the_format_is_refused(format_: Format, data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        embed(format_, data, label=GENERATED)
    assert caught.value.code == "label_not_embedded"


# Who may read an answer's text from its record: each sends the label beside it, or shows it to staff.
LABELLED = {
    "apps/api/openai/shapes.py",
    "apps/api/views/qa.py",
    "platform/sunmao/answering/presenting.py",
    "platform/sunmao/answering/turns.py",
    "platform/sunmao/answering/privacy.py",
    "apps/config/bench/containment/checking.py",
    # What a case says must not be answered again, and whether a shadow says the same: compared, never sent.
    "platform/sunmao/evaluation/live/shadowing.py",
    "platform/sunmao/evaluation/suites/from_answers.py",
    # What is remembered with a confirmed question, for it to be found by: searched, and told to nobody.
    "apps/console/answers.py",
    # Examples of a data set, each with where it comes from: learnt from, and given to nobody as an answer.
    "platform/sunmao/training/datasets/gathering.py",
}


def test_no_other_code_takes_the_text_out_of_a_record() -> None:
    readers = set()
    for folder in ("apps", "platform/sunmao", "verticals"):
        for file in (ROOT / folder).rglob("*.py"):
            name = file.relative_to(ROOT).as_posix()
            if "/tests/" not in name and "/migrations/" not in name and _reads_answers(file):
                readers.add(name)
    assert readers <= LABELLED


def _reads_answers(file: Path) -> bool:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "text"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("record", "answer_record")
        for node in ast.walk(tree)
    )


@pytest.mark.parametrize("file", ["apps/api/views/qa.py", "platform/sunmao/answering/presenting.py"])
def test_those_that_do_send_the_label(file: str) -> None:
    assert "labelled(record)" in (ROOT / file).read_text(encoding="utf-8")


def test_every_page_with_an_answer_shows_it() -> None:
    template = (ROOT / "platform/sunmao/ui/templates/ui/_answer.html").read_text(encoding="utf-8")
    assert "data-copy-label>{{ answer.label }}" in template
    script = (ROOT / "platform/sunmao/ui/static/ui/js/sunmao.js").read_text(encoding="utf-8")
    assert "data-copy-label" in script
