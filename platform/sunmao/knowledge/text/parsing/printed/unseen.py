"""White and tiny letters on a printed page.

Straight on PDFium's functions: some writers make an object of every letter, and wrapping each took four times
as long as reading the page. Letters that are not drawn at all are how scans carry their text; they are not
looked for.
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


def unseen_in(page: Any, textpage: Any) -> Iterator[str]:
    """Neighbouring letters that are unseen make one text."""
    look = _Look()
    objects = (raw.FPDFPage_GetObject(page.raw, i) for i in range(raw.FPDFPage_CountObjects(page.raw)))
    letters = (one for one in objects if raw.FPDFPageObj_GetType(one) == raw.FPDF_PAGEOBJ_TEXT)
    for unseen, run in groupby(letters, key=look.is_unseen):
        if unseen and (said := "".join(_said(one, textpage) for one in run).strip()):
            yield without_radicals(said)


class _Look:
    """Holds the places into which PDFium writes, made once for all letters of a page."""

    def __init__(self) -> None:
        self._colour = [ctypes.c_uint() for _part in range(4)]
        self._into = [ctypes.byref(part) for part in self._colour]
        self._points, self._matrix = ctypes.c_float(), raw.FS_MATRIX()

    def is_unseen(self, letter: Any) -> bool:
        red, green, blue, _opacity = self._colour
        if (
            raw.FPDFPageObj_GetFillColor(letter, *self._into)
            and red.value >= _WHITE
            and green.value >= _WHITE
            and blue.value >= _WHITE
        ):
            return True
        raw.FPDFTextObj_GetFontSize(letter, self._points)
        raw.FPDFPageObj_GetMatrix(letter, self._matrix)
        return self._points.value * math.hypot(self._matrix.c, self._matrix.d) < _LEGIBLE


def _said(letter: Any, textpage: Any) -> str:
    size = raw.FPDFTextObj_GetText(letter, textpage.raw, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFTextObj_GetText(letter, textpage.raw, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le", errors="replace").replace("\x00", "")


__all__ = ["unseen_in"]
