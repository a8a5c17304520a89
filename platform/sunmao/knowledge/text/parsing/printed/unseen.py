"""White, tiny and transparent letters on a printed page, those beside it, and what notes and properties say.

Straight on PDFium's functions: some writers make an object of every letter, and wrapping each took four times
as long as reading the page. Letters that are not drawn at all are how scans carry their text: they count as
unseen only where others are drawn.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pypdfium2 import raw

from sunmao.knowledge.text.parsing.radicals import without_radicals

_WHITE, _LEGIBLE = 250, 1.5
"""Of 255 in each colour, and in points."""
_UNDRAWN = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
_MOST_NOTES = 500


def unseen_in(page: Any, textpage: Any) -> Iterator[str]:
    """Neighbouring letters that are unseen make one text."""
    look = _Look(page)
    objects = (raw.FPDFPage_GetObject(page.raw, i) for i in range(raw.FPDFPage_CountObjects(page.raw)))
    letters = [one for one in objects if raw.FPDFPageObj_GetType(one) == raw.FPDF_PAGEOBJ_TEXT]
    undrawn = [raw.FPDFTextObj_GetTextRenderMode(one) in _UNDRAWN for one in letters]
    is_scan = all(undrawn)
    pairs = zip(letters, undrawn, strict=True)
    for unseen, run in groupby(pairs, key=lambda one: look.is_unseen(one[0]) or (one[1] and not is_scan)):
        if unseen and (said := "".join(_said(one, textpage) for one, _mode in run).strip()):
            yield without_radicals(said)


def notes_of(page: Any) -> Iterator[str]:
    """What the notes on a page say; the text of a page does not hold them."""
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), _MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page.raw, number)
        try:
            if said := _contents(note).strip():
                yield said
        finally:
            raw.FPDFPage_CloseAnnot(note)


def _contents(note: Any) -> str:
    size = raw.FPDFAnnot_GetStringValue(note, b"Contents", None, 0)
    buffer = ctypes.create_string_buffer(size)
    into = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
    raw.FPDFAnnot_GetStringValue(note, b"Contents", into, size)
    return _decoded(buffer, size)


class _Look:
    """Holds the places into which PDFium writes, made once for all letters of a page."""

    def __init__(self, page: Any) -> None:
        self._colour = [ctypes.c_uint() for _part in range(4)]
        self._into = [ctypes.byref(part) for part in self._colour]
        self._points, self._matrix = ctypes.c_float(), raw.FS_MATRIX()
        self._box = [ctypes.c_float() for _side in range(4)]
        self._sides = [ctypes.byref(side) for side in self._box]
        self._page = page.get_bbox()

    def is_unseen(self, letter: Any) -> bool:
        red, green, blue, opacity = self._colour
        if raw.FPDFPageObj_GetFillColor(letter, *self._into) and (
            not opacity.value or min(red.value, green.value, blue.value) >= _WHITE
        ):
            return True
        raw.FPDFTextObj_GetFontSize(letter, self._points)
        raw.FPDFPageObj_GetMatrix(letter, self._matrix)
        height: float = self._points.value * math.hypot(self._matrix.c, self._matrix.d)
        return height < _LEGIBLE or self._is_beside(letter)

    def _is_beside(self, letter: Any) -> bool:
        if not raw.FPDFPageObj_GetBounds(letter, *self._sides):
            return False
        left, bottom, right, top = (side.value for side in self._box)
        first, lowest, last, highest = self._page
        beside: bool = right < first or left > last or top < lowest or bottom > highest
        return beside


def _said(letter: Any, textpage: Any) -> str:
    size = raw.FPDFTextObj_GetText(letter, textpage.raw, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFTextObj_GetText(letter, textpage.raw, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return _decoded(buffer, size)


def _decoded(buffer: ctypes.Array[ctypes.c_char], size: int) -> str:
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le", errors="replace").replace("\x00", "")


__all__ = ["notes_of", "unseen_in"]
