"""Fields × contracts → CSV and XLSX."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sunmao.audit.exporting.formats import inert
from sunmao.guards.embedding import KEY, embed
from sunmao.guards.label import Label

_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NO_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FIRST_WIDTH, _WIDTH, _LONGEST_CELL, _LONGEST_NOTE = 36, 22, 32_767, 2_000
Value = str | int | Decimal | date | bool | None


@dataclass(frozen=True, kw_only=True)
class Column:
    key: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """`values` by column key; `notes` are shown as comments of cells in XLSX, e.g. the quote."""

    contract: str
    values: dict[str, Value]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """`corner` heads the column of contracts."""

    title: str
    corner: str
    columns: Sequence[Column]
    rows: Sequence[Row]


def grid_csv(grid: Grid, *, label: Label | None = None, language: str = "zh") -> bytes:
    """UTF-8 with its mark, so that spreadsheets read Chinese; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([inert(grid.corner), *(inert(column.title) for column in grid.columns)])
    for row in grid.rows:
        values = (row.values.get(column.key) for column in grid.columns)
        writer.writerow([inert(row.contract), *(_said(value) for value in values)])
    made = out.getvalue().encode("utf-8-sig")
    return embed("csv", made, label=label, language=language) if label and label.kind != "none" else made


def grid_xlsx(grid: Grid, *, label: Label | None = None, language: str = "zh") -> bytes:
    """Figures and days as such, words always as words, the head frozen, notes as comments."""
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty

    book = Workbook()
    sheet = book.active
    sheet.title = _SHEET_NAME.sub(" ", grid.title).strip("' ")[:31] or "Sheet"
    _fill(sheet, grid)
    if label is not None and (shown := label.text(language)):
        _put(sheet.cell(len(grid.rows) + 3, 1), shown)
    if label is not None and label.aigc:
        said = json.dumps(label.aigc, ensure_ascii=False, separators=(",", ":"))
        book.custom_doc_props.append(StringProperty(name=KEY, value=said))
    book.properties.title, book.properties.creator = _clean(grid.title), "Sunmao"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, grid: Grid) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for at, title in enumerate((grid.corner, *(column.title for column in grid.columns)), start=1):
        _put(sheet.cell(1, at), title)
        sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = _FIRST_WIDTH if at == 1 else _WIDTH
    for down, row in enumerate(grid.rows, start=2):
        _put(sheet.cell(down, 1), row.contract)
        for across, column in enumerate(grid.columns, start=2):
            cell = sheet.cell(down, across)
            _put(cell, row.values.get(column.key))
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if note := row.notes.get(column.key):
                cell.comment = Comment(_clean(note)[:_LONGEST_NOTE], "Sunmao")
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _put(cell: Any, value: Value) -> None:
    if isinstance(value, str):
        cell.value = _clean(value)[:_LONGEST_CELL]
        cell.data_type = "s"  # openpyxl takes what begins with = for a formula
        return
    cell.value = value
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def _said(value: Value) -> str:
    """Figures as they are: a minus before a number is no formula."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int | Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else inert(value)


def _clean(text: str) -> str:
    """What no cell can hold goes."""
    return _NO_CELL.sub("", text)


__all__ = ["Column", "Grid", "Row", "Value", "grid_csv", "grid_xlsx"]
