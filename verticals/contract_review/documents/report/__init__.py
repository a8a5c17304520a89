"""A review → a report on paper."""

from __future__ import annotations

from django.utils.translation import override

from sunmao.guards.embedding import embed
from sunmao.guards.label import LANGUAGES
from verticals.contract_review.documents.report.content import blocks_of, caution, state_of
from verticals.contract_review.documents.report.data import (
    ReportData,
    ReportFact,
    ReportFinding,
    ReportItem,
    ReportParameter,
    SignOff,
)


def report_docx(data: ReportData) -> bytes:
    """Editable, with the label at the foot of every page and in the file's properties."""
    from verticals.contract_review.documents.report import as_docx

    with override(LANGUAGES[data.language]):
        made = as_docx.drawn(blocks_of(data), title=data.title, running=_running(data), foot=caution(data))
    return embed("docx", made, label=data.label, language=data.language) if data.label else made


def report_pdf(data: ReportData) -> bytes:
    """For reading and filing, with the label at the foot of every page and in the file's properties."""
    from verticals.contract_review.documents.report import as_pdf

    with override(LANGUAGES[data.language]):
        made = as_pdf.drawn(
            blocks_of(data),
            title=data.title,
            foot=" · ".join(filter(None, (_label(data), caution(data)))),
            running=_running(data),
            language=data.language,
        )
    return embed("pdf", made, label=data.label, language=data.language) if data.label else made


def _running(data: ReportData) -> str:
    return " · ".join(filter(None, (data.title, data.number, state_of(data))))


def _label(data: ReportData) -> str:
    return data.label.text(data.language) if data.label else ""


__all__ = [
    "ReportData",
    "ReportFact",
    "ReportFinding",
    "ReportItem",
    "ReportParameter",
    "SignOff",
    "report_docx",
    "report_pdf",
]
