"""A report as CSV, XLSX and JSON. No cell is a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from sunmao.audit.exporting.formats import inert
from sunmao.evaluation.reporting.content import Report
from sunmao.guards.embedding import KEY, embed

_NO_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST = 32_767
_WIDTHS = (48, 9, 32, 64, 28, 16, 9, 9, 20, 10)


def as_csv(report: Report, language: str) -> bytes:
    """UTF-8 with its mark, so that spreadsheets read Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(inert, report.head))
    writer.writerows([inert(cell) for cell in row] for row in report.rows)
    made = out.getvalue().encode("utf-8-sig")
    return embed("csv", made, label=report.label, language=language) if report.label.kind != "none" else made


def as_json(report: Report, language: str) -> bytes:
    body = {
        **report.data,
        "title": report.title,
        "cases": [dict(zip(KEYS, row, strict=True)) for row in report.rows],
    }
    data = json.dumps(body, ensure_ascii=False).encode()
    return embed("json", data, label=report.label, language=language)


KEYS = (
    "question", "passed", "failed", "answer", "sources", "slices", "seconds", "tokens", "model", "change",
)  # fmt: skip


def as_xlsx(report: Report, language: str) -> bytes:
    """Figures on the first sheet, cases on the second; what is text stays text."""
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty

    book = Workbook()
    first = book.active
    first.title = "Figures"
    rows = [*report.about, *((one.name, one.value, one.between, one.before) for one in report.figures)]
    _fill(first, (), rows, (36, 20, 24, 14))
    second = book.create_sheet("Cases")
    _fill(second, report.head, report.rows, _WIDTHS)
    second.freeze_panes = "B2"
    if shown := report.label.text(language):
        _put(first.cell(len(rows) + 2, 1), shown)
    if report.label.aigc:
        told = json.dumps(report.label.aigc, ensure_ascii=False, separators=(",", ":"))
        book.custom_doc_props.append(StringProperty(name=KEY, value=told))
    book.properties.title, book.properties.creator = _clean(report.title), "Sunmao"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, head: Any, rows: Any, widths: Any) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for across, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(across)].width = width
    for across, name in enumerate(head, 1):
        _put(sheet.cell(1, across), name)
        sheet.cell(1, across).font = Font(bold=True)
    for down, row in enumerate(rows, 2 if head else 1):
        for across, value in enumerate(row, 1):
            cell = sheet.cell(down, across)
            _put(cell, value)
            cell.alignment = Alignment(vertical="top", wrap_text=True)


def _put(cell: Any, value: object) -> None:
    cell.value = _clean(str(value))[:_LONGEST]
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula


def _clean(text: str) -> str:
    return _NO_CELL.sub("", text)


__all__ = ["as_csv", "as_json", "as_xlsx"]
