"""A report as a Word document.

The body is put together as text and parsed once: built element by element, every property of every run is
looked for before it is set, and a long report takes seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from docx.oxml import OxmlElement, parse_xml
from docx.shared import Pt, RGBColor

from sunmao.knowledge.text.parsing.office.words import W
from verticals.contract_review.documents.report import blocks, look
from verticals.contract_review.documents.word.package import saved
from verticals.contract_review.documents.word.writing import blank
from verticals.contract_review.domain.shapes import Severity

_WIDTH = 15.4
"""Centimetres between the margins."""
_TWIPS = 567
"""Of a centimetre."""
_BREAKS = re.compile(r"\r\n|[\r\n\t]")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def drawn(parts: Iterable[blocks.Block], *, title: str, running: str, foot: str) -> bytes:
    document = blank(title=title)
    _set_up(document, running, foot)
    names = {name: document.styles[f"Heading {name}"].style_id for name in (1, 2)}
    body = "".join(text for part in parts for text in _drawn(part, names))
    old = document.element.body
    new = parse_xml(f'<w:body xmlns:w="{W[1:-1]}">{body}</w:body>')
    new.append(old.sectPr)
    document.element.replace(old, new)  # at once: moved one by one, each element is looked through again
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


def _drawn(block: blocks.Block, names: dict[int, str]) -> Iterator[str]:
    match block:
        case blocks.Cover():
            yield from _cover(block)
        case blocks.NewPage():
            yield _paragraph('<w:r><w:br w:type="page"/></w:r>')
        case blocks.Heading(text):
            yield _paragraph(_run(text), style=names[1])
        case blocks.Words(text, tone):
            is_muted = tone == "muted"
            yield _paragraph(_said(text, 9.5 if is_muted else 10.5, look.MUTED if is_muted else look.INK))
        case blocks.Numbered(items):
            for number, (mark, text, severity) in enumerate(items, start=1):
                yield _paragraph(_said(f"{number}. "), _tag(mark, severity), _said(f" {text}"))
        case blocks.Table():
            yield _grid(block.head, block.rows, block.widths, block.tones)
            yield _paragraph(spacing='<w:spacing w:after="40"/>')
        case blocks.Finding():
            yield from _finding(block, names[2])


def _cover(cover: blocks.Cover) -> Iterator[str]:
    yield _paragraph() * 4
    yield _paragraph(_said(cover.organisation, colour=look.MUTED))
    yield _paragraph(_said(cover.kind, 13, look.ACCENT))
    yield _paragraph(_said(cover.title, 22, bold=True))
    yield _paragraph(_said(cover.verdict, 16, look.GOOD if cover.is_good else look.ACCENT, bold=True))
    yield _paragraph(_said(cover.state, colour=look.MUTED))
    yield _paragraph()
    yield _grid((), cover.pairs, (0.3, 0.7), ())


def _finding(finding: blocks.Finding, style: str) -> Iterator[str]:
    tag = _tag(finding.mark, finding.severity)
    yield _paragraph(_run(f"{finding.number}. "), tag, _run(f" {finding.title}"), style=style)
    if finding.aside:
        yield _paragraph(_said(finding.aside, 8, look.MUTED))
    for label, text, is_quote in finding.parts:
        yield _paragraph(
            _said(f"{label}  ", 9, look.MUTED),
            _said(text, 10),
            bar=look.TONES[finding.severity] if is_quote else "",
            spacing=f'<w:ind w:left="{340 if is_quote else 0}"/>',
        )


# Tables


def _grid(
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    widths: tuple[float, ...],
    tones: tuple[Severity | None, ...],
) -> str:
    twips = [round(share * _WIDTH * _TWIPS) for share in widths]
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{look.LINE}"/>'
        for side in ("top", "bottom", "insideH")
    )
    columns = "".join(f'<w:gridCol w:w="{one}"/>' for one in twips)
    named = (
        _row([_said(name, 9, look.MUTED, bold=True) for name in head], twips, is_head=True) if head else ""
    )
    told = "".join(
        _row(_cells(row, tones[number] if tones else None), twips) for number, row in enumerate(rows)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:type="auto" w:w="0"/><w:tblBorders>{lines}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:firstColumn="1" w:firstRow="1" w:lastColumn="0" '
        f'w:lastRow="0" w:noHBand="0" w:noVBand="1" w:val="04A0"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
        f"{named}{told}</w:tbl>"
    )


def _cells(row: tuple[str, ...], tone: Severity | None) -> Iterator[str]:
    """The first cell of a row that has a weight stands in its colour."""
    first, *others = row
    yield _said(first, 9.5, look.TONES[tone] if tone else look.INK, bold=tone is not None)
    for value in others:
        yield _said(value, 9.5)


def _row(cells: Iterable[str], widths: list[int], *, is_head: bool = False) -> str:
    """The head of a table stands again on every page that the table goes on to."""
    told = "".join(
        f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/></w:tcPr>{_paragraph(cell, spacing=_CLOSE)}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if is_head else ''}{told}</w:tr>"


_CLOSE = '<w:spacing w:after="40" w:line="300" w:lineRule="auto"/>'


# Words


def _paragraph(*told: str, style: str = "", bar: str = "", spacing: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    left = f'<w:left w:val="single" w:sz="12" w:space="6" w:color="{bar}"/>'
    borders = f"<w:pBdr>{left}</w:pBdr>" if bar else ""
    return f"<w:p><w:pPr>{named}{borders}{spacing}</w:pPr>{''.join(told)}</w:p>"


def _said(text: str, size: float = 10.5, colour: str = look.INK, *, bold: bool = False) -> str:
    return _run(
        text, f'{"<w:b/>" if bold else ""}<w:color w:val="{colour}"/><w:sz w:val="{round(size * 2)}"/>'
    )


def _tag(mark: str, severity: Severity | None) -> str:
    return _run(mark, f'<w:b/><w:color w:val="{look.TONES[severity] if severity else look.INK}"/>')


def _run(text: str, properties: str = "") -> str:
    pieces, at = [], 0
    text = _NO_XML.sub("", text)
    for sign in _BREAKS.finditer(text):
        pieces += [_text(text[at : sign.start()]), "<w:tab/>" if sign[0] == "\t" else "<w:br/>"]
        at = sign.end()
    return f"<w:r><w:rPr>{properties}</w:rPr>{''.join(pieces)}{_text(text[at:])}</w:r>"


def _text(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text, quote=False)}</w:t>' if text else ""


# Head and foot


def _say(paragraph: Any, text: str, *, size: float, colour: str) -> None:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    run.font.color.rgb = RGBColor.from_string(colour)


def _field(paragraph: Any, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(f"{W}instr", name)
    paragraph._p.append(field)
    _say(paragraph, "1", size=8, colour=look.MUTED)
    field.append(paragraph.runs[-1]._r)


__all__ = ["drawn"]
