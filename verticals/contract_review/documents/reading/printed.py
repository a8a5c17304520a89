"""A PDF → its text, its pages, and the place of every line on its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sunmao.knowledge.text.parsing.flow import flowed
from sunmao.knowledge.text.parsing.formats import pdf
from sunmao.knowledge.text.parsing.furniture import without_furniture
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.source import Recogniser
from verticals.contract_review.documents.contract_text import Box, ContractText, PageSpan, Remark

_FEWEST = 20
"""A page with a picture and fewer characters than this is a scan, whatever its few characters say."""
_LETTER = 10.0
"""Points."""
Rectangle = tuple[float, float, float, float]


class Line(str):
    """A printed line that remembers where it stood."""

    __slots__ = ("place",)
    place: Rectangle | None

    @classmethod
    def at(cls, text: str, place: Rectangle | None) -> Line:
        line = cls(text)
        line.place = place
        return line


@dataclass(frozen=True)
class _Page:
    lines: list[str]
    size: tuple[float, float]
    is_picture: bool = False
    was_recognised: bool = False
    unseen: tuple[str, ...] = ()


def read(*, name: str, data: bytes, recognise: Recogniser | None) -> ContractText:
    """Raises `UnreadableFile`: `truncated_file`, `corrupt_file`, `encrypted_file` or `empty_file`."""
    pdf.check_end(data)
    pages = list(_pages(data, recognise))
    if not any(page.is_picture or any(map(str.strip, page.lines)) for page in pages):
        raise pdf.nothing_in(was_recognised=any(page.was_recognised for page in pages))
    kept = without_furniture([page.lines for page in pages])
    text, starts = flowed(kept)
    ends = [*starts[1:], len(text)]
    return ContractText(
        text=text,
        kind="pdf",
        title=title_from(name),
        pages=tuple(PageSpan(i, *span) for i, span in enumerate(zip(starts, ends, strict=True), start=1)),
        page_sizes=tuple(page.size for page in pages),
        boxes=tuple(_boxes(text, kept)),
        remarks=tuple(_remarks(pages)),
        needs_ocr=any(page.is_picture for page in pages),
        hidden=tuple(said for page in pages for said in page.unseen),
    )


def _boxes(text: str, pages: list[list[str]]) -> Iterator[Box]:
    """`flowed` joins lines with nothing, a space or a line end, so each is found right behind the last."""
    at = 0
    for number, lines in enumerate(pages, start=1):
        for line in lines:
            if not (said := line.strip()):
                continue
            start = text.index(said, at)
            at = start + len(said)
            if isinstance(line, Line) and line.place:
                yield Box(number, start, at, *line.place)


def _remarks(pages: list[_Page]) -> Iterator[Remark]:
    if unread := sum(page.is_picture for page in pages):
        yield Remark("unread_pages", str(unread))
    if recognised := sum(page.was_recognised for page in pages):
        yield Remark("recognised_pages", str(recognised))
    if said := sum(len(unseen) for page in pages for unseen in page.unseen):
        yield Remark("hidden_text", str(said))


def _pages(data: bytes, recognise: Recogniser | None) -> Iterator[_Page]:
    import pypdfium2 as pdfium

    try:
        with closing(pdfium.PdfDocument(data)) as document:
            for page in document:
                with closing(page):
                    yield _page(page, recognise)
    except pdfium.PdfiumError as error:
        raise pdf.explained(error) from error


def _page(page: Any, recognise: Recogniser | None) -> _Page:
    from sunmao.knowledge.text.parsing.printed.unseen import unseen_in

    size = page.get_size()
    with closing(page.get_textpage()) as textpage:
        lines: list[str] = list(_lines(page, textpage))
        unseen = tuple(unseen_in(page, textpage)) if any(lines) else ()
    count = sum(len("".join(line.split())) for line in lines)
    if count >= _FEWEST or not pdf.shows_something(page):
        return _Page(lines, size, unseen=unseen)
    if recognise is None:
        return _Page(lines, size, is_picture=True, unseen=unseen)
    return _Page(recognise(pdf.drawn(page)), size, was_recognised=True, unseen=unseen)


def _lines(page: Any, textpage: Any) -> Iterator[Line]:
    """PDFium ends a line with two characters of its own, which count like any other."""
    count = textpage.count_chars()
    said = textpage.get_text_range(0, count) if count else ""
    start = 0
    for part in said.split("\n"):
        place = _rectangle(page, textpage, start, len(part.rstrip("\r")))
        yield Line.at(pdf.repaired(part), place)
        start += len(part) + 1


def _rectangle(page: Any, textpage: Any, start: int, length: int) -> Rectangle | None:
    """Around the characters, from the upper left corner of the page.

    Loose boxes, as high as the font: close ones are empty where a font that is not embedded has no outlines.
    """
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    found = [
        (box.left, box.bottom, box.right, box.top)
        for index in range(start, start + length)
        if raw.FPDFText_GetLooseCharBox(textpage.raw, index, box) and box.right > box.left
    ]
    if not found:
        return None
    height = page.get_height()
    lefts, bottoms, rights, tops = zip(*found, strict=True)
    upper, lower = height - max(tops), height - min(bottoms)
    if lower - upper < 1:  # a font that does not say how high its letters are
        upper = lower - _LETTER
    left, right = max(0.0, min(lefts)), min(page.get_width(), max(rights))
    return round(left, 1), round(max(0.0, upper), 1), round(right, 1), round(min(height, lower), 1)


__all__ = ["read"]
