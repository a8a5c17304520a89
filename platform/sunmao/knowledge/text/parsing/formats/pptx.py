"""Slides: each is a page with its title as a heading; tables row by row; the speaker's notes below."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.parsing import archive, pictures, records, safe_xml
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.pictures import NEEDS, Gallery, Shot
from sunmao.knowledge.text.parsing.source import Content, Format, Source
from sunmao.knowledge.text.parsing.writing import Text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
MAIN_PART = "ppt/presentation.xml"

_EMU = 914_400 // 4
"""A quarter of an inch: shapes whose tops differ by less stand in one row."""
_LAST = 1 << 40
_PICTURE = 13
_NAMED = "http://schemas.openxmlformats.org/presentationml/2006/main"


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `corrupt_file`, `encrypted_file`, `unsafe_file`, `file_too_large_inside` or
    `empty_file`."""
    from pptx import Presentation

    with archive.opened(source.data, source.budget) as container:
        safe_xml.check(container)
        aside = safe_xml.said_aside(container)
    text, gallery = Text(), Gallery.of(source)
    for number, slide in enumerate(Presentation(BytesIO(source.data)).slides, start=1):
        blocks = list(_blocks(slide))
        if slide._element.get("show") in ("0", "false"):
            text.hidden += blocks
        else:
            _add_slide(text, number, blocks, list(_shots(slide, gallery)))
    if not text.length:
        raise unreadable(
            "empty_file", _("The presentation holds no text. Check that it was saved, then upload it again.")
        )
    if text.hidden:
        text.remarks.append(Remark("hidden_text", str(sum(map(len, text.hidden)))))
    text.remarks += gallery.remarks
    text.aside += aside
    return text.parsed(title=title_from(source.name), media_type=MEDIA_TYPE)


def _add_slide(text: Text, number: int, blocks: list[str], shots: list[Shot]) -> None:
    """The words of a slide, then its pictures, all on its page."""
    text.add_page(number, *blocks)
    for shot in shots:
        pictures.add(text, shot)
        end, start = text.length, text.pictures[-1].start
        if text.pages and text.pages[-1].number == number:
            start = text.pages.pop().start
        text.pages.append(PageSpan(number, start, end))


def _shots(slide: Any, gallery: Gallery) -> Iterator[Shot]:
    for shape in sorted(_shapes(slide.shapes), key=_place):
        if shape.shape_type != _PICTURE:
            continue
        named = shape._element.find(f".//{{{_NAMED}}}cNvPr")
        caption = named.get("descr", "") if named is not None else ""
        try:
            data = shape.image.blob
        except (AttributeError, KeyError, ValueError):
            continue
        if (shot := gallery.shot(data, caption)) is not None:
            yield shot


def _blocks(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and (said := records.tidy(title.text_frame.text)):
        yield f"## {said}"
    for shape in sorted(_shapes(slide.shapes), key=_place):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            yield "\n".join(_lines(shape.text_frame))
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield "\n".join(_rows(shape.table))
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        yield "\n".join(_lines(notes))


def _shapes(shapes: Any) -> Iterator[Any]:
    """Also those in groups. A stack, because depth is the author's."""
    waiting = list(reversed(list(shapes)))
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def _place(shape: Any) -> tuple[int, int]:
    """From the top down, and from left to right in one row; a placeholder without a place keeps its turn."""
    if shape.top is None or shape.left is None:
        return (0 if shape.is_placeholder else _LAST), 0
    return shape.top // _EMU, shape.left


def _lines(frame: Any) -> Iterator[str]:
    for paragraph in frame.paragraphs:
        said = paragraph.text.replace("\x0b", "\n").strip()
        if said:
            yield f"- {said}" if paragraph.level else said


def _rows(table: Any) -> Iterator[str]:
    above: dict[int, str] = {}
    for row in table.rows:
        cells = []
        for column, cell in enumerate(row.cells):
            if not cell.is_spanned:
                above[column] = records.tidy(cell.text_frame.text).replace("|", "¦")
                cells.append(above[column])
            elif cell._tc.vMerge and not cell._tc.hMerge:
                cells.append(above.get(column, ""))
        if any(cells):
            yield " | ".join(cells)


def _is_presentation(content: Content) -> bool:
    return MAIN_PART in content.members


FORMAT = Format(MEDIA_TYPE, (".pptx", ".pptm"), parse, _is_presentation, needs=("pptx", *NEEDS))
__all__ = ["FORMAT"]
