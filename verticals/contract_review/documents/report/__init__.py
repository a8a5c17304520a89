"""A review → a report on paper."""

from __future__ import annotations

from verticals.contract_review.documents.report.data import (
    ReportData,
    ReportFact,
    ReportFinding,
    ReportItem,
    ReportParameter,
    SignOff,
)


def report_docx(data: ReportData) -> bytes:
    raise NotImplementedError


def report_pdf(data: ReportData) -> bytes:
    raise NotImplementedError


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
