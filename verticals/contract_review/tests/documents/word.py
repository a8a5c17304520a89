"""Word documents made on the spot, and what they look like character by character."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml import etree

from verticals.contract_review.documents.word import names
from verticals.contract_review.documents.word.view import view_of

W = names.W
THEIRS = 'w:author="Chen" w:date="2026-01-02T03:04:05Z"'
PLAIN, BOLD, RED = "", "<w:rPr><w:b/></w:rPr>", '<w:rPr><w:i/><w:color w:val="C00000"/></w:rPr>'


def run(text: str, look: str = PLAIN) -> str:
    return f'<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


def inserted(*runs: str, number: int = 900) -> str:
    return f'<w:ins w:id="{number}" {THEIRS}>{"".join(runs)}</w:ins>'


def deleted(text: str, look: str = PLAIN, number: int = 901) -> str:
    said = f'<w:delText xml:space="preserve">{text}</w:delText>'
    return f'<w:del w:id="{number}" {THEIRS}><w:r>{look}{said}</w:r></w:del>'


def paragraph(*content: str, properties: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{''.join(content)}</w:p>"


def table(*rows: tuple[str, ...]) -> str:
    """Cells are XML of paragraphs."""
    said = "".join(f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in row)}</w:tr>" for row in rows)
    width = max(map(len, rows))
    return f"<w:tbl><w:tblPr/><w:tblGrid>{'<w:gridCol/>' * width}</w:tblGrid>{said}</w:tbl>"


def document(*blocks: str) -> bytes:
    made = docx.Document()
    body = made.element.body
    end = body.find(f"{W}sectPr")
    for block in blocks:
        for element in parse_xml(f"<w:body {nsdecls('w', 'r', 'wp', 'a')}>{block}</w:body>"):
            end.addprevious(element)
    return saved(made)


def saved(made: Any) -> bytes:
    held = BytesIO()
    made.save(held)
    return held.getvalue()


def text_of(data: bytes) -> str:
    return view_of(docx.Document(BytesIO(data)).part).text


def looks_of(data: bytes) -> list[tuple[str, ...]]:
    """Every character with its formatting and whose tracked change it stands in, paragraph by paragraph."""
    found: list[tuple[str, ...]] = []
    for place in docx.Document(BytesIO(data)).element.body.iter(names.PARAGRAPH):
        properties = place.find(names.PARAGRAPH_PROPERTIES)
        found.append(("¶", _canonical(properties)))
        for element in place.iter(names.TEXT, names.DELETED_TEXT, *names.CHARACTERS):
            if element.getparent().tag != names.RUN:
                continue
            look = _canonical(element.getparent().find(names.RUN_PROPERTIES))
            change = "/".join(
                f"{a.tag.removeprefix(W)}:{a.get(f'{W}author')}"
                for a in element.iterancestors(names.INSERTED, names.DELETED)
            )
            said = (element.text or "") if element.tag not in names.CHARACTERS else "\t"
            found += [(letter, look, change) for letter in said]
    return found


def _canonical(properties: Any) -> str:
    return "" if properties is None else etree.tostring(properties, method="c14n").decode()


def marks_of(data: bytes, author: str) -> int:
    body = docx.Document(BytesIO(data)).element.body
    return sum(element.get(f"{W}author") == author for element in body.iter(names.INSERTED, names.DELETED))


def numbers_of(data: bytes) -> list[str]:
    body = docx.Document(BytesIO(data)).element.body
    return [element.get(f"{W}id") for element in body.iter(names.INSERTED, names.DELETED)]


def comments_of(data: bytes) -> list[str]:
    return [comment.text for comment in docx.Document(BytesIO(data)).comments]
