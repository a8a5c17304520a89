"""PDF through PDFium: the only extractor measured that returned exact Chinese text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing.flow import flowed
from sunmao.knowledge.text.parsing.furniture import without_furniture
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.radicals import without_radicals
from sunmao.knowledge.text.parsing.source import Content, Format, Recogniser, Source

MEDIA_TYPE = "application/pdf"

_SIGNATURE, _SIGNATURE_WITHIN = b"%PDF-", 1024
# ISO 32000-2 §7.5.5 wants the mark on the last line; some writers append to it.
_END_MARK, _TAIL = b"%%EOF", 4096
# PDFium writes a hyphen at a line break as U+FFFE and an unmapped glyph as NUL.
_REPAIRS = str.maketrans({"\ufffe": "-", "\x00": None, "\r": None, "\xa0": " "})
_STROKES = 100
_LONGEST_SIDE = 2000
"""Pixels of a page that is drawn for text recognition: about 170 dpi on A4."""


@dataclass(frozen=True)
class _Page:
    lines: list[str]
    unseen: tuple[str, ...] = ()
    is_picture: bool = False
    """It shows an image and has no text."""
    was_recognised: bool = False


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `truncated_file`, `corrupt_file`, `encrypted_file`, `empty_file` or
    `no_text_layer`."""
    check_end(source.data)
    read = list(_pages(source.data, source.recognise))
    text, starts = flowed(without_furniture([page.lines for page in read]))
    if not text.strip() and not any(page.is_picture for page in read):
        raise unreadable(
            "empty_file", _("The PDF holds neither text nor pictures. Export it again, then upload it.")
        )
    if not text.strip():
        raise unreadable(
            "no_text_layer",
            _("The PDF holds pictures of pages but no text. Run text recognition on it, then upload it."),
        )
    ends = [*starts[1:], len(text)]
    pages = tuple(PageSpan(i, *span) for i, span in enumerate(zip(starts, ends, strict=True), start=1))
    return Parsed(
        text=text,
        title=title_from(source.name),
        media_type=MEDIA_TYPE,
        pages=pages,
        # It stays in the text as well: what lies behind white letters cannot be told.
        hidden=tuple(said for page in read for said in page.unseen),
        remarks=tuple(_remarks(read)),
    )


def check_end(data: bytes) -> None:
    if _END_MARK not in data[-_TAIL:]:
        raise unreadable(
            "truncated_file", _("The end of the PDF is missing. Upload the complete file again.")
        )


def _remarks(pages: list[_Page]) -> Iterator[Remark]:
    if unread := sum(page.is_picture for page in pages):
        yield Remark("unread_pages", str(unread))
    if recognised := sum(page.was_recognised for page in pages):
        yield Remark("recognised_pages", str(recognised))


def _pages(data: bytes, recognise: Recogniser | None) -> Iterator[_Page]:
    import pypdfium2 as pdfium

    try:
        with closing(pdfium.PdfDocument(data)) as document:
            for page in document:
                with closing(page):
                    yield _page(page, recognise)
    except pdfium.PdfiumError as error:
        raise explained(error) from error


def _page(page: Any, recognise: Recogniser | None) -> _Page:
    from sunmao.knowledge.text.parsing.printed.unseen import unseen_in

    with closing(page.get_textpage()) as textpage:
        lines = _lines(textpage.get_text_bounded())
        unseen = tuple(unseen_in(page, textpage)) if any(lines) else ()
    if any(line.strip() for line in lines):
        return _Page(lines, unseen)
    if not shows_something(page):
        return _Page(lines)
    if recognise is None:
        return _Page(lines, is_picture=True)
    return _Page(recognise(drawn(page)), was_recognised=True)


def drawn(page: Any) -> Any:
    """A picture of the page for text recognition."""
    scale = min(_LONGEST_SIDE / max(1.0, *page.get_size()), 4.0)
    return page.render(scale=scale).to_numpy()


def shows_something(page: Any) -> bool:
    """An image, or so many strokes that they may be letters."""
    from pypdfium2.raw import FPDF_PAGEOBJ_FORM, FPDF_PAGEOBJ_IMAGE, FPDF_PAGEOBJ_PATH

    if any(page.get_objects(filter=(FPDF_PAGEOBJ_IMAGE, FPDF_PAGEOBJ_FORM), max_depth=1)):
        return True
    strokes = page.get_objects(filter=(FPDF_PAGEOBJ_PATH,), max_depth=1)
    return sum(1 for _stroke in islice(strokes, _STROKES)) == _STROKES


def _lines(text: str) -> list[str]:
    return repaired(text).strip("\n").split("\n")


def repaired(text: str) -> str:
    return without_radicals(text.translate(_REPAIRS))


def explained(error: Exception) -> UnreadableFile:
    if "password" in str(error).lower() or "security" in str(error).lower():
        return unreadable(
            "encrypted_file",
            _("The PDF is protected by a password. Remove the protection, then upload it again."),
        )
    return unreadable(
        "corrupt_file", _("The PDF is damaged and cannot be opened. Export it again, then upload it.")
    )


def _is_pdf(content: Content) -> bool:
    return _SIGNATURE in content.data[:_SIGNATURE_WITHIN]


FORMAT = Format(
    MEDIA_TYPE,
    (".pdf",),
    parse,
    _is_pdf,
    needs=("pypdfium2", "pypdfium2.raw", "numpy", "sunmao.knowledge.text.parsing.printed.unseen"),
)
__all__ = ["FORMAT", "check_end", "drawn", "explained", "repaired", "shows_something"]
