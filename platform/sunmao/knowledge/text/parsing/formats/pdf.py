"""PDF through PDFium: the only extractor measured that returned exact Chinese text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import pictures
from sunmao.knowledge.text.parsing.flow import flowed
from sunmao.knowledge.text.parsing.furniture import without_furniture
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.pictures import MAX_PIXELS, MOST, NEEDS, Gallery, Shot, decorates
from sunmao.knowledge.text.parsing.radicals import without_radicals
from sunmao.knowledge.text.parsing.source import Content, Format, Recogniser, Source
from sunmao.knowledge.text.parsing.writing import Text

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
    aside: tuple[str, ...] = ()
    is_picture: bool = False
    """It shows an image and has no text."""
    was_recognised: bool = False
    shots: tuple[Shot, ...] = ()


def nothing_in(*, was_recognised: bool) -> UnreadableFile:
    """Of a PDF without text: blank, or pictures in which text recognition saw no words."""
    if was_recognised:
        return unreadable(
            "empty_file", _("No words were recognised in the scan. Scan it again, then upload it.")
        )
    return unreadable(
        "empty_file", _("The PDF holds neither text nor pictures. Export it again, then upload it.")
    )


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `truncated_file`, `corrupt_file`, `encrypted_file`, `empty_file` or
    `no_text_layer`."""
    check_end(source.data)
    gallery = Gallery.of(source)
    read = list(_pages(source.data, source.recognise, gallery))
    text, starts = flowed(without_furniture([page.lines for page in read]))
    if not text.strip() and not any(page.is_picture for page in read):
        raise nothing_in(was_recognised=any(page.was_recognised for page in read))
    if not text.strip():
        raise unreadable(
            "no_text_layer",
            _("The PDF holds pictures of pages but no text. Run text recognition on it, then upload it."),
        )
    ends = [*starts[1:], len(text)]
    pages = tuple(PageSpan(i, *span) for i, span in enumerate(zip(starts, ends, strict=True), start=1))
    written = Text()
    written.add(text)
    for number, page in enumerate(read, start=1):
        _add_pictures(written, number, page.shots)
    shown = written.parsed(title="", media_type=MEDIA_TYPE) if written.pictures else None
    return Parsed(
        text=shown.text if shown else text,
        title=title_from(source.name),
        media_type=MEDIA_TYPE,
        pages=(*pages, *written.pages),
        pictures=shown.pictures if shown else (),
        # It stays in the text as well: what lies behind white letters cannot be told.
        hidden=tuple(said for page in read for said in page.unseen),
        aside=(*_properties(source.data), *(said for page in read for said in page.aside)),
        remarks=(*_remarks(read), *gallery.remarks),
    )


def _add_pictures(written: Text, number: int, shots: tuple[Shot, ...]) -> None:
    """Behind the text, where they part no paragraph that runs over two pages; their page is said."""
    for shot in shots:
        pictures.add(written, shot)
        written.pages.append(PageSpan(number, written.pictures[-1].start, written.length))


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


def _properties(data: bytes) -> list[str]:
    """Title, subject and keywords, which no page shows; of files that could be opened."""
    import pypdfium2 as pdfium

    with closing(pdfium.PdfDocument(data)) as document:
        return [said for said in document.get_metadata_dict(skip_empty=True).values() if said.strip()]


def _pages(data: bytes, recognise: Recogniser | None, gallery: Gallery) -> Iterator[_Page]:
    import pypdfium2 as pdfium

    try:
        with closing(pdfium.PdfDocument(data)) as document:
            for page in document:
                with closing(page):
                    yield _page(page, recognise, gallery)
    except pdfium.PdfiumError as error:
        raise explained(error) from error


def _page(page: Any, recognise: Recogniser | None, gallery: Gallery) -> _Page:
    from sunmao.knowledge.text.parsing.printed.unseen import notes_of, unseen_in

    with closing(page.get_textpage()) as textpage:
        lines = _lines(textpage.get_text_bounded())
        unseen = tuple(unseen_in(page, textpage)) if any(lines) else ()
    if any(line.strip() for line in lines):
        return _Page(lines, unseen, aside=tuple(notes_of(page)), shots=tuple(_shots(page, gallery)))
    if not shows_something(page):
        return _Page(lines)
    if recognise is None:
        return _Page(lines, is_picture=True)
    return _Page(recognise(drawn(page)), was_recognised=True)


def drawn(page: Any) -> Any:
    """A picture of the page for text recognition."""
    scale = min(_LONGEST_SIDE / max(1.0, *page.get_size()), 4.0)
    return page.render(scale=scale).to_numpy()


def _shots(page: Any, gallery: Gallery) -> Iterator[Shot]:
    """Pictures of a page that has text; a page without is a picture as a whole."""
    import pypdfium2 as pdfium
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    for shown in islice(page.get_objects(filter=(FPDF_PAGEOBJ_IMAGE,), max_depth=2), MOST):
        width, height = shown.get_px_size()
        if decorates(width, height) or width * height > MAX_PIXELS:
            continue
        if gallery.recognise is None:
            # It has no caption, so that without its words nothing would find it.
            gallery.unread += 1
            continue
        held = BytesIO()
        try:
            shown.get_bitmap(render=False).to_pil().convert("RGB").save(held, "PNG")
        except (pdfium.PdfiumError, OSError, ValueError, KeyError):
            continue
        if (shot := gallery.shot(held.getvalue())) is not None:
            yield shot


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
    needs=("pypdfium2", "pypdfium2.raw", *NEEDS, "sunmao.knowledge.text.parsing.printed.unseen"),
)
__all__ = ["FORMAT", "check_end", "drawn", "explained", "repaired", "shows_something"]
