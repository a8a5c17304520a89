"""A report as a Word document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.shared import Cm, Pt, RGBColor

from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.report import blocks, look
from verticals.contract_review.documents.word.package import saved
from verticals.contract_review.documents.word.writing import blank
from verticals.contract_review.domain.shapes import Severity

_WIDTH = 15.4
"""Centimetres between the margins."""


def drawn(parts: Iterable[blocks.Block], *, title: str, running: str, foot: str) -> bytes:
    document = blank(title=title)
    _set_up(document, running, foot)
    for part in parts:
        _add(document, part)
    return saved(document)


def _set_up(document: Any, running: str, caution: str) -> None:
    for name, size in (("Heading 1", 14), ("Heading 2", 11.5), ("Title", 22)):
        style = document.styles[name]
        style.font.size, style.font.bold = Pt(size), True
        style.font.color.rgb = RGBColor.from_string(look.INK)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for slot, family in (("ascii", "Arial"), ("hAnsi", "Arial"), ("eastAsia", "黑体")):
            fonts.set(f"{W}{slot}", family)
    head = document.sections[0].header.paragraphs[0]
    _say(head, running, size=8, colour=look.MUTED)
    foot = document.sections[0].footer.paragraphs[0]
    _say(foot, f"{caution}   ", size=8, colour=look.MUTED)
    for piece in ("PAGE", " / ", "NUMPAGES"):
        _field(foot, piece) if piece.isalpha() else _say(foot, piece, size=8, colour=look.MUTED)


def _add(document: Any, block: blocks.Block) -> None:
    match block:
        case blocks.Cover():
            _cover(document, block)
        case blocks.NewPage():
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        case blocks.Heading(text):
            document.add_heading(text, 1)
        case blocks.Words(text, tone):
            muted = tone == "muted"
            _say(
                document.add_paragraph(),
                text,
                size=9.5 if muted else 10.5,
                colour=look.MUTED if muted else look.INK,
            )
        case blocks.Numbered(items):
            for number, (mark, text, severity) in enumerate(items, start=1):
                paragraph = document.add_paragraph()
                _say(paragraph, f"{number}. ")
                _tag(paragraph, mark, severity)
                _say(paragraph, f" {text}")
        case blocks.Table():
            _table(document, block)
        case blocks.Finding():
            _finding(document, block)


def _cover(document: Any, cover: blocks.Cover) -> None:
    for _line in range(4):
        document.add_paragraph()
    _say(document.add_paragraph(), cover.organisation, colour=look.MUTED)
    _say(document.add_paragraph(), cover.kind, size=13, colour=look.ACCENT)
    title = document.add_paragraph()
    _say(title, cover.title, size=22, bold=True)
    verdict = document.add_paragraph()
    _say(verdict, cover.verdict, size=16, bold=True, colour=look.GOOD if cover.is_good else look.ACCENT)
    _say(document.add_paragraph(), cover.state, colour=look.MUTED)
    document.add_paragraph()
    _grid(document, (), cover.pairs, (0.3, 0.7), ())


def _table(document: Any, table: blocks.Table) -> None:
    _grid(document, table.head, table.rows, table.widths, table.tones)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _grid(
    document: Any,
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    widths: tuple[float, ...],
    tones: tuple[Severity | None, ...],
) -> None:
    grid = document.add_table(rows=0, cols=len(widths))
    grid.autofit = False
    _lines_between(grid)
    if head:
        cells = grid.add_row().cells
        for cell, name in zip(cells, head, strict=True):
            _say(_first(cell), name, size=9, bold=True, colour=look.MUTED)
        _repeat(grid.rows[0])
    for number, row in enumerate(rows):
        cells = grid.add_row().cells
        for position, (cell, value) in enumerate(zip(cells, row, strict=True)):
            tone = tones[number] if tones and position == 0 else None
            colour = look.TONES[tone] if tone else look.INK
            _say(_first(cell), value, size=9.5, bold=tone is not None, colour=colour)
    for column, share in zip(grid.columns, widths, strict=True):
        column.width = Cm(share * _WIDTH)
        for cell in column.cells:
            cell.width = Cm(share * _WIDTH)


def _finding(document: Any, finding: blocks.Finding) -> None:
    heading = document.add_heading(level=2)
    heading.add_run(f"{finding.number}. ")
    _tag(heading, finding.mark, finding.severity)
    heading.add_run(f" {finding.title}")
    if finding.aside:
        _say(document.add_paragraph(), finding.aside, size=8, colour=look.MUTED)
    for label, text, is_quote in finding.parts:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.left_indent = Cm(0.6 if is_quote else 0)
        if is_quote:
            _bar(paragraph, look.TONES[finding.severity])
        _say(paragraph, f"{label}  ", size=9, colour=look.MUTED)
        _say(paragraph, text, size=10)


def _say(
    paragraph: Any, text: str, *, size: float = 10.5, bold: bool = False, colour: str = look.INK
) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(size), bold or None
    run.font.color.rgb = RGBColor.from_string(colour)


def _tag(paragraph: Any, mark: str, severity: Severity | None) -> None:
    run = paragraph.add_run(mark)
    run.font.bold = True
    run.font.color.rgb = RGBColor.from_string(look.TONES[severity] if severity else look.INK)


def _first(cell: Any) -> Any:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.line_spacing = 1.25
    return paragraph


def _lines_between(grid: Any) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        border = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", look.LINE)):
            border.set(f"{W}{key}", value)
        borders.append(border)
    behind = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    grid._tbl.tblPr.insert_element_before(borders, *behind)


def _repeat(row: Any) -> None:
    """The head of a table again on every page that it goes on to."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _bar(paragraph: Any, colour: str) -> None:
    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for key, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", colour)):
        left.set(f"{W}{key}", value)
    borders.append(left)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _field(paragraph: Any, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(f"{W}instr", name)
    paragraph._p.append(field)
    _say(paragraph, "1", size=8, colour=look.MUTED)
    field.append(paragraph.runs[-1]._r)


__all__ = ["drawn"]
