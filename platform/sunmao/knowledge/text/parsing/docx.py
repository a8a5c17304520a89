"""Word documents → Markdown-like text: headings as `#` lines, list items as `- `, table rows as `a | b`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import BadZipFile

import docx
from django.utils.translation import gettext_lazy as _
from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from sunmao.knowledge.text.parsing import archive
from sunmao.knowledge.text.parsing.markdown import first_heading
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, unreadable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAIN_PART = "word/document.xml"

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def parse(*, name: str, data: bytes) -> Parsed:
    """Raises `UnreadableFile`: `corrupt_file`, `encrypted_file`, `file_too_large_inside` or `empty_file`."""
    archive.inspect(data)
    try:
        text = "\n\n".join(_blocks(docx.Document(BytesIO(data))))
    # A part that is not XML raises lxml's XMLSyntaxError, a SyntaxError.
    except (BadZipFile, PackageNotFoundError, SyntaxError, KeyError, ValueError, EOFError) as error:
        raise unreadable(
            "corrupt_file", _("The Word document is damaged. Open it, save it again, then upload it.")
        ) from error
    if not text.strip():
        raise unreadable(
            "empty_file", _("The Word document holds no text. Check that it was saved, then upload it again.")
        )
    return Parsed(text=text, title=first_heading(text) or title_from(name), media_type=MEDIA_TYPE)


def _blocks(document: Document) -> Iterator[str]:
    for block in document.iter_inner_content():
        written = _paragraph(block) if isinstance(block, Paragraph) else "\n".join(_rows(block))
        if written.strip():
            yield written


def _paragraph(paragraph: Paragraph) -> str:
    # A manual line break inside a heading must not end the heading.
    said = paragraph.text.replace("\r", "").replace("\x0b", "\n")
    style = (paragraph.style.name or "") if paragraph.style else ""
    level = _HEADING.match(style)
    if level or style == "Title":
        return (
            "#" * min(6, int(level.group(1)) or 1 if level else 1) + " " + _SPACES.sub(" ", said).strip()
            if said.strip()
            else ""
        )
    return f"- {said.strip()}" if style.startswith("List") and said.strip() else said.rstrip()


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[_Cell] = []
        for cell in row.cells:
            # A merged cell is reported once for each column that it covers.
            if not cells or cell._tc is not cells[-1]._tc:
                cells.append(cell)
        written = [_cell(cell) for cell in cells]
        if any(written):
            yield " | ".join(written)


def _cell(cell: _Cell) -> str:
    parts = (b.text if isinstance(b, Paragraph) else " ".join(_rows(b)) for b in cell.iter_inner_content())
    return _SPACES.sub(" ", " ".join(parts)).replace("|", "¦").strip()


__all__ = ["MAIN_PART", "MEDIA_TYPE", "parse"]
