from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest

from verticals.contract_review.documents.redline import Change, accept_all, redline, reject_all
from verticals.contract_review.documents.word import names
from verticals.contract_review.tests.documents import word
from verticals.contract_review.tests.documents.test_contracts_are_read import BOX, with_note
from verticals.contract_review.tests.documents.word import (
    BOLD,
    THEIRS,
    W,
    deleted,
    document,
    inserted,
    paragraph,
    run,
    table,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DELETED_MARK = f'<w:rPr><w:del w:id="31" {THEIRS}/></w:rPr>'
ITALIC = "<w:rPr><w:i/></w:rPr>"
INSERTED_MARK = f'<w:rPr><w:ins w:id="32" {THEIRS}/></w:rPr>'


def said(data: bytes) -> str:
    """By python-docx, which knows nothing of tracked changes."""
    made = docx.Document(BytesIO(data))
    tables = ["\t".join(cell.text for cell in row.cells) for one in made.tables for row in one.rows]
    return "\n".join([*(p.text for p in made.paragraphs), *tables])


@pytest.mark.parametrize(
    ("case", "blocks", "accepted", "rejected"),
    [
        ("words", [paragraph(run("付"), inserted(run("全")), deleted("半"), run("款"))], "付全款", "付半款"),
        (
            "a paragraph that was added",
            [
                paragraph(run("一")),
                paragraph(inserted(run("二")), properties=INSERTED_MARK),
                paragraph(run("三")),
            ],
            "一\n二\n三",
            "一\n三",
        ),
        (
            "two paragraphs that were joined",
            [paragraph(run("一"), properties=DELETED_MARK), paragraph(run("二"))],
            "一二",
            "一\n二",
        ),
        (
            "words that were moved",
            [
                paragraph(run("前"), f'<w:moveFrom w:id="5" {THEIRS}>{run("移")}</w:moveFrom>'),
                paragraph(run("后"), f'<w:moveTo w:id="6" {THEIRS}>{run("移")}</w:moveTo>'),
            ],
            "前\n后移",
            "前移\n后",
        ),
        (
            "a change of somebody in words that another added",
            [paragraph(inserted(run("甲"), deleted("乙", number=902)))],
            "甲",
            "",
        ),
    ],
)
def test_every_kind_of_change_is_settled(case: str, blocks: list[str], accepted: str, rejected: str) -> None:
    data = document(*blocks)

    assert said(accept_all(data)) == accepted == word.text_of(data)
    assert said(reject_all(data)) == rejected
    for settled in (accept_all(data), reject_all(data)):
        body = docx.Document(BytesIO(settled)).element.body
        marks = (names.INSERTED, names.DELETED, names.MOVED_HERE, names.MOVED_AWAY)
        assert list(body.iter(*marks)) == []


def test_rows_of_tables_come_and_go() -> None:
    row = paragraph(run("留")), paragraph(run("下"))
    data = document(table(row, row), paragraph(run("末")))
    made = docx.Document(BytesIO(data))
    first, second = made.element.body.iter(f"{W}tr")
    for element, kind in ((first, "ins"), (second, "del")):
        element.insert(
            0, docx.oxml.parse_xml(f'<w:trPr xmlns:w="{W[1:-1]}"><w:{kind} w:id="8" {THEIRS}/></w:trPr>')
        )
    data = word.saved(made)

    assert word.text_of(data) == "留\t下\n末"
    assert len(docx.Document(BytesIO(accept_all(data))).tables[0].rows) == 1
    assert len(docx.Document(BytesIO(reject_all(data))).tables[0].rows) == 1
    assert docx.Document(BytesIO(reject_all(data))).element.body.find(f".//{W}trPr/{W}del") is None


def test_a_look_that_was_changed_is_the_old_one_again_when_rejected() -> None:
    changed = f'<w:rPr><w:i/><w:rPrChange w:id="9" {THEIRS}><w:rPr><w:b/></w:rPr></w:rPrChange></w:rPr>'
    data = document(paragraph(run("违约金", changed)))

    assert word.looks_of(reject_all(data)) == word.looks_of(document(paragraph(run("违约金", BOLD))))
    assert word.looks_of(accept_all(data)) == word.looks_of(
        document(paragraph(run("违约金", "<w:rPr><w:i/></w:rPr>")))
    )


@pytest.mark.parametrize(
    ("case", "old", "note"),
    [
        ("a text box", "框内约定", "box"),
        ("a footnote", "以实际", "note"),
        ("the head of the pages", "机密", "margin"),
    ],
)
def test_words_beside_the_body_get_a_comment_where_they_belong(case: str, old: str, note: str) -> None:
    original = with_note(
        document(
            paragraph(run("第一段")),
            paragraph(run("第二段"), BOX),
            paragraph(run("第三段"), '<w:r><w:footnoteReference w:id="2"/></w:r>'),
        )
    )
    text = word.text_of(original)
    at = text.index(old)
    made = redline(original, [Change(start=at, end=at + len(old), new_text="改", comment="理由")], now=NOW)

    assert [outcome.note for outcome in made.outcomes] == [note]
    assert word.text_of(made.data) == text
    [start] = docx.Document(BytesIO(made.data)).element.body.iter(f"{W}commentRangeStart")
    place = {"box": "第二段", "note": "第三段", "margin": "第一段"}[note]
    assert place in "".join(start.getparent().itertext())
