"""A report as a page of HTML that stands alone, and as PDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from io import BytesIO

from django.utils.translation import gettext as _

from sunmao.evaluation.reporting.content import Report
from sunmao.guards.embedding import KEY, embed

_STYLE = (
    "body{font-family:system-ui,sans-serif;color:#1C1F23;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:600}"
    "th,td{border-bottom:1px solid #E4E0D8;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "td{overflow-wrap:anywhere}.label{color:#5C6167;border-top:1px solid #E4E0D8;padding-top:1rem}"
)


def as_html(report: Report, language: str) -> bytes:
    """With its label at the foot and, for machines, in its head."""
    meta = f'<meta name="{KEY}" content="{escape(json.dumps(report.label.aigc, ensure_ascii=False))}">'
    parts = [
        f'<!doctype html><html lang="{"zh-Hans" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        meta if report.label.aigc else "",
        f"<title>{escape(report.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(report.title)}</h1>",
        _table("", (), report.about),
        _table(_("Figures of the evaluation"), _heads(), _figures(report)),
        _table(_("Case by case, what failed first"), report.head, report.rows),
    ]
    if shown := report.label.text(language):
        parts.append(f'<p class="label">{escape(shown)}</p>')
    return ("".join(parts) + "</body></html>\n").encode()


def _heads() -> tuple[str, ...]:
    return (_("Figure"), _("Value"), _("Interval of 95 per cent"), _("The run before"))


def _figures(report: Report) -> list[tuple[str, str, str, str]]:
    return [(one.name, one.value, one.between, one.before) for one in report.figures]


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    named = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{named}{f'<thead><tr>{top}</tr></thead>' if top else ''}<tbody>{body}</tbody></table>"


_CHINESE = "STSong-Light"
_SHOWN = (0, 1, 2, 3)
_LONGEST = 1_500


def as_pdf(report: Report, language: str) -> bytes:
    """Set in the font for Chinese that every reader of PDF brings along."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

    pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))
    body = ParagraphStyle("body", fontName=_CHINESE, fontSize=9, leading=13, wordWrap="CJK")
    title = ParagraphStyle("title", parent=body, fontSize=16, leading=22)
    heading = ParagraphStyle("heading", parent=body, fontSize=12, leading=18, spaceBefore=8)
    ruled = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.HexColor("#E4E0D8")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )

    def table(rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Table:
        cells = [[Paragraph(escape(cell[:_LONGEST]), body) for cell in row] for row in rows]
        widths = [share * (A4[0] - 40 * mm) for share in shares]
        return Table(cells, colWidths=widths, style=ruled, splitInRow=1)

    chosen = [[row[place] for place in _SHOWN] for row in (report.head, *report.rows)]
    story = [
        Paragraph(escape(report.title), title),
        Spacer(1, 4 * mm),
        table(report.about, (0.3, 0.7)),
        Paragraph(escape(_("Figures of the evaluation")), heading),
        table([_heads(), *_figures(report)], (0.4, 0.2, 0.25, 0.15)),
        Paragraph(escape(_("Case by case, what failed first")), heading),
        table(chosen, (0.3, 0.1, 0.25, 0.35)),
    ]
    if shown := report.label.text(language):
        story += [Spacer(1, 6 * mm), Paragraph(escape(shown), body)]
    held = BytesIO()
    SimpleDocTemplate(
        held, pagesize=A4, title=report.title, author="Sunmao", leftMargin=20 * mm, rightMargin=20 * mm,
        topMargin=18 * mm, bottomMargin=18 * mm,
    ).build(story)  # fmt: skip
    return embed("pdf", held.getvalue(), label=report.label, language=language)


__all__ = ["as_html", "as_pdf"]
