"""A report as PDF. Chinese is set in the font that every reader of PDF brings along, so none is shipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Spacer,
    Table,
    TableStyle,
)

from verticals.contract_review.documents.report import blocks, look
from verticals.contract_review.documents.report.data import Language
from verticals.contract_review.documents.report.typesetting import (
    Look,
    Piece,
    Row,
    Words,
    register,
    width_of,
)
from verticals.contract_review.domain.shapes import Severity

_MARGIN, _WIDTH = 22 * mm, A4[0] - 44 * mm
_LINE = colors.HexColor(f"#{look.LINE}")
_LABEL = 0.17
"""The share of the width that labels take."""


def drawn(parts: Iterable[blocks.Block], *, title: str, foot: str, running: str, language: Language) -> bytes:
    """`running` stands at the head of every page but the first, `foot` at the foot of every page."""
    register()
    held = BytesIO()
    template = BaseDocTemplate(
        held, pagesize=A4, title=title, author="Sunmao", lang="zh-CN" if language == "zh" else "en",
        leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=24 * mm, bottomMargin=24 * mm,
    )  # fmt: skip
    frame = Frame(_MARGIN, 24 * mm, _WIDTH, A4[1] - 48 * mm, 0, 0, 0, 0)
    template.addPageTemplates([PageTemplate(id="page", frames=[frame])])
    story = [flowable for part in parts for flowable in _flowables(part)]
    template.build(story, canvasmaker=lambda *a, **k: _Numbered(*a, foot=foot, running=running, **k))
    return held.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]
    """Writes head and foot when all pages are there, because each says how many there are."""

    def __init__(self, *args: Any, foot: str, running: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._foot, self._running = foot, running
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  the name is reportlab's
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        count = len(self._pages)
        for page in self._pages:
            self.__dict__.update(page)
            self._furniture(count)
            super().showPage()
        super().save()

    def _furniture(self, count: int) -> None:
        number = _("Page {number} of {count}").format(number=self._pageNumber, count=count)
        self.setStrokeColor(_LINE)
        self.setLineWidth(0.6)
        self.line(_MARGIN, 17 * mm, A4[0] - _MARGIN, 17 * mm)
        _line(self, self._foot, _MARGIN, 9 * mm, _WIDTH - 24 * mm)
        page = Words([Piece(number)], replace(_LOOKS["small"], align="right"))
        page.wrapOn(self, 24 * mm, 10 * mm)
        page.drawOn(self, A4[0] - _MARGIN - 24 * mm, 12.6 * mm)
        if self._pageNumber > 1:
            _line(self, self._running, _MARGIN, A4[1] - 17 * mm, _WIDTH)
            self.line(_MARGIN, A4[1] - 19 * mm, A4[0] - _MARGIN, A4[1] - 19 * mm)


def _line(canvas: Any, text: str, left: float, bottom: float, width: float) -> None:
    said = _paragraph(text, "small")
    _width, height = said.wrapOn(canvas, width, 12 * mm)
    said.drawOn(canvas, left, bottom + max(0, 8 * mm - height) / 1.5)


# Blocks


def _flowables(block: blocks.Block) -> Iterator[Flowable]:
    match block:
        case blocks.Cover():
            yield from _cover(block)
        case blocks.NewPage():
            yield PageBreak()
        case blocks.Heading(text):
            yield CondPageBreak(32 * mm)
            yield Spacer(1, 7 * mm)
            yield _paragraph(text, "heading")
            yield HRFlowable(
                width="100%", color=_LINE, thickness=0.6, spaceBefore=1.2 * mm, spaceAfter=3 * mm
            )
        case blocks.Words(text, tone):
            yield _paragraph(text, "muted" if tone == "muted" else "body")
            yield Spacer(1, 2 * mm)
        case blocks.Numbered(items):
            for number, (mark, text, severity) in enumerate(items, start=1):
                yield Words([Piece(f"{number}. "), _tag(mark, severity), Piece(f" {text}")], _LOOKS["item"])
        case blocks.Table():
            yield _table(block)
            yield Spacer(1, 3 * mm)
        case blocks.Finding():
            yield from _finding(block)


def _cover(cover: blocks.Cover) -> Iterator[Flowable]:
    yield Spacer(1, 34 * mm)
    yield _paragraph(cover.organisation, "muted")
    yield Spacer(1, 3 * mm)
    yield _paragraph(cover.kind, "kind")
    yield Spacer(1, 5 * mm)
    yield _paragraph(cover.title, "title")
    yield Spacer(1, 9 * mm)
    tone = look.GOOD if cover.is_good else look.ACCENT
    yield _stamp(cover.verdict, tone)
    yield Spacer(1, 4 * mm)
    yield _paragraph(cover.state, "muted")
    yield Spacer(1, 16 * mm)
    rows = [[_paragraph(name, "muted"), _paragraph(value, "body")] for name, value in cover.pairs]
    yield Table(rows, colWidths=[0.3 * _WIDTH, 0.7 * _WIDTH], style=_GRID)


def _stamp(text: str, tone: str) -> Flowable:
    colour = colors.HexColor(f"#{tone}")
    style = Look(16, 22, tone, align="centre")
    width = max(40 * mm, width_of(text, 16) + 14 * mm)
    return Table(
        [[Words([Piece(text)], style)]],
        colWidths=[width],
        hAlign="LEFT",
        style=TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 1.4, colour),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
                ("TOPPADDING", (0, 0), (-1, -1), 7),
            ]
        ),
    )


_GRID = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (-1, -1), 3.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
    ]
)


def _table(table: blocks.Table) -> Flowable:
    head = [_paragraph(name, "head") for name in table.head]
    rows = [[_paragraph(cell, "cell") for cell in row] for row in table.rows]
    for row, said, tone in zip(rows, table.rows, table.tones, strict=False):
        row[0] = Words([_tag(said[0], tone)], _LOOKS["cell"])
    style = TableStyle([("BACKGROUND", (0, 0), (-1, 0), colors.HexColor(f"#{look.PAPER}"))], parent=_GRID)
    widths = [share * _WIDTH for share in table.widths]
    return Table([head, *rows], colWidths=widths, style=style, repeatRows=1, splitInRow=1)


def _finding(finding: blocks.Finding) -> Iterator[Flowable]:
    title = [
        Piece(f"{finding.number}. ", bold=True),
        _tag(finding.mark, finding.severity),
        Piece(f" {finding.title}", bold=True),
    ]
    top: list[Flowable] = [Words(title, _LOOKS["finding"])]
    if finding.aside:
        top.append(_paragraph(finding.aside, "small"))
    top.append(Spacer(1, 1.5 * mm))
    parts = [_part(*part, finding.severity) for part in finding.parts]
    yield KeepTogether([*top, *parts[:1]])
    yield from parts[1:]
    yield Spacer(1, 5 * mm)


def _part(label: str, text: str, is_quote: bool, severity: Severity) -> Flowable:
    rule = look.TONES[severity] if is_quote else ""
    return Row(_paragraph(label, "label"), _paragraph(text, "cell"), share=_LABEL, rule=rule)


# Words


_LOOKS = {
    "body": Look(10.5, 17),
    "muted": Look(9.5, 15, look.MUTED),
    "small": Look(8, 11.5, look.MUTED),
    "cell": Look(9.5, 14.5),
    "head": Look(9, 14, look.MUTED),
    "label": Look(9, 14.5, look.MUTED),
    "heading": Look(14, 20),
    "title": Look(21, 30),
    "kind": Look(13, 18, look.ACCENT),
    "item": Look(10.5, 17, left=14, after=3),
    "finding": Look(11.5, 17),
}


def _paragraph(text: str, name: str) -> Words:
    return Words([Piece(text, bold=name in ("heading", "title", "head"))], _LOOKS[name])


def _tag(mark: str, severity: Severity | None) -> Piece:
    return Piece(mark, bold=True, colour=look.TONES[severity] if severity else look.INK)


__all__ = ["drawn"]
