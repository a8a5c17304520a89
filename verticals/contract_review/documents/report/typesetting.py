"""Words on the lines of a PDF page: Chinese with Latin letters in a font of their own, broken by one pass.

ReportLab's own paragraphs read markup, measure every character anew for every attempt at a page and cost most
of a long report. These know their width once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from reportlab.lib import colors
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable

from verticals.contract_review.documents.report import look

CHINESE, LATIN, LATIN_BOLD = "STSong-Light", "Helvetica", "Helvetica-Bold"
_WIDE = re.compile(r"[^\u0000-\u024f\u2010-\u2027\u20ac]+")
_OPENING, _CLOSING = r"（《〈「『【〔“‘(\[", r"，。；：？！、）》〉」』】〕”’…%％,.;:?!)\]"
_UNIT = re.compile(rf"\n|[ \t]+|[{_OPENING}]*(?:[^\s\u2e80-\uffff{_OPENING}{_CLOSING}]+|\S)[{_CLOSING}]*")
"""What is never torn apart: a word, or one character, with the signs that belong to it."""
_ABOVE, _BELOW = 0.88, 0.22
"""The shares of a size that letters reach above and below their line."""


@dataclass(frozen=True)
class Look:
    """`first` is the indent of the first line, `left` that of the others."""

    size: float
    leading: float
    colour: str = look.INK
    left: float = 0
    first: float = 0
    after: float = 0
    align: str = "left"


@dataclass(frozen=True)
class Piece:
    """Text of one weight and colour; without one of its own it has the colour of its look."""

    text: str
    bold: bool = False
    colour: str = ""


Line = tuple[Piece, ...]


@cache
def register() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


class Words(Flowable):  # type: ignore[misc]
    """A paragraph. Text that does not fit on a page goes on on the next."""

    def __init__(self, pieces: Sequence[Piece], look: Look, lines: Sequence[Line] | None = None) -> None:
        super().__init__()
        self.pieces, self.look = pieces, look
        self._given, self._for = lines, -1.0
        self._lines: Sequence[Line] = ()

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        if self._for != width:
            self._lines = tuple(
                self._given if self._given is not None else broken(self.pieces, self.look, width)
            )
            self._for = self.width = width
            self.height = len(self._lines) * self.look.leading
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        self.wrap(width, height)
        fitting = int((height + 0.01) // self.look.leading)
        if fitting <= 0 or len(self._lines) < 2:
            return []
        if fitting >= len(self._lines):
            return [self]
        rest = replace(self.look, first=self.look.left)
        first = replace(self.look, after=0)
        return [Words((), first, self._lines[:fitting]), Words((), rest, self._lines[fitting:])]

    def getSpaceAfter(self) -> float:  # noqa: N802  the name is reportlab's
        return self.look.after

    def draw(self) -> None:
        top = self.height - self.look.size * _ABOVE - _gap(self.look)
        for number, line in enumerate(self._lines):
            if line:
                left = self._left_of(line, self.look.left if number else self.look.first)
                _draw(self.canv, line, self.look, left, top - number * self.look.leading)

    def _left_of(self, line: Line, indent: float) -> float:
        if self.look.align == "left":
            return indent
        free: float = self.width - indent - sum(_width(one, self.look.size) for one in line)
        return indent + (free if self.look.align == "right" else free / 2)


def _gap(look: Look) -> float:
    """What is left over above the letters of a line."""
    return (look.leading - look.size * (_ABOVE + _BELOW)) / 2


def _draw(canvas: Any, line: Line, look: Look, left: float, bottom: float) -> None:
    out = canvas.beginText(left, bottom)
    for piece in line:
        out.setFillColor(_colour(piece.colour or look.colour))
        for text, is_wide in runs(piece.text):
            out.setFont(CHINESE if is_wide else LATIN_BOLD if piece.bold else LATIN, look.size)
            out.textOut(text)
    canvas.drawText(out)


@cache
def _colour(name: str) -> Any:
    return colors.HexColor(f"#{name}")


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Stretches of a text, and whether the Chinese font sets them."""
    at = 0
    for wide in _WIDE.finditer(text):
        if wide.start() > at:
            yield text[at : wide.start()], False
        yield wide[0], True
        at = wide.end()
    if at < len(text):
        yield text[at:], False


class _Widths(dict[str, float]):
    """The width of a character at size 1."""

    def __init__(self, latin: str) -> None:
        super().__init__()
        self._latin = latin

    def __missing__(self, sign: str) -> float:
        register()
        font = CHINESE if _WIDE.match(sign) else self._latin
        width: float = pdfmetrics.stringWidth(sign, font, 1)
        self[sign] = width
        return width


_WIDTHS = {False: _Widths(LATIN), True: _Widths(LATIN_BOLD)}


def _width(piece: Piece, size: float) -> float:
    widths = _WIDTHS[piece.bold]
    return sum(widths[sign] for sign in piece.text) * size


def width_of(text: str, size: float) -> float:
    return _width(Piece(text), size)


def broken(pieces: Sequence[Piece], look: Look, width: float) -> Iterator[Line]:
    """The lines of these pieces. A word longer than a line is torn; blanks at a break are left out."""
    line: list[Piece] = []
    free = whole = (width - look.first) / look.size
    rest = (width - look.left) / look.size
    for piece in pieces:
        widths, held = _WIDTHS[piece.bold], ""
        for unit in _units(piece.text, widths, min(whole, rest)):
            if unit == "\n":
                yield (*line, replace(piece, text=held)) if held else tuple(line)
                line, held, free = [], "", rest
                continue
            wide = sum(map(widths.__getitem__, unit))
            if wide > free and (line or held):
                yield (*line, replace(piece, text=held.rstrip(" "))) if held else tuple(line)
                line, held, free = [], "", rest
            if unit[0] == " " and not held and not line:
                continue
            held, free = held + unit, free - wide
        if held:
            line.append(replace(piece, text=held))
    if line:
        yield tuple(line)


def _units(text: str, widths: _Widths, longest: float) -> Iterator[str]:
    for found in _UNIT.finditer(text):
        unit = found[0]
        if unit[0] in " \t":
            yield " " * len(unit)
        elif len(unit) > 2 and sum(map(widths.__getitem__, unit)) > longest:
            yield from unit
        else:
            yield unit


class Row(Flowable):  # type: ignore[misc]
    """A label and its words beside one another, over more than one page where it must be."""

    def __init__(self, label: Words | None, words: Words, *, share: float, rule: str = "") -> None:
        super().__init__()
        self.label, self.words, self.share, self.rule = label, words, share, rule

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width, self._at = width, self.share * width
        self.label_height = self.label.wrap(self._at, height)[1] if self.label else 0
        self.words_height = self.words.wrap(width - self._at - self._indent - 6, height)[1]
        self.height = max(self.label_height, self.words_height) + 5
        return width, self.height

    @property
    def _indent(self) -> float:
        return 8 if self.rule else 4

    def split(self, width: float, height: float) -> list[Flowable]:
        self.wrap(width, height)
        if self.label_height + 5 > height:
            return []
        parts = self.words.split(width - self._at - self._indent - 6, height - 5)
        if len(parts) < 2:
            return []
        return [
            Row(self.label, parts[0], share=self.share, rule=self.rule),
            Row(None, parts[1], share=self.share, rule=self.rule),
        ]

    def draw(self) -> None:
        if self.label:
            self.label.drawOn(self.canv, 0, self.height - 2 - self.label_height)
        self.words.drawOn(self.canv, self._at + self._indent, self.height - 2 - self.words_height)
        if self.rule:
            self.canv.setStrokeColor(_colour(self.rule))
            self.canv.setLineWidth(1.6)
            self.canv.line(self._at, 0, self._at, self.height)


__all__ = ["CHINESE", "Look", "Piece", "Row", "Words", "broken", "register", "runs", "width_of"]
