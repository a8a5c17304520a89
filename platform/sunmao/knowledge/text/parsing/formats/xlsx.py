"""Spreadsheets: each visible sheet under its name, each row a record, values as the sheet shows them."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.parsing import archive, pictures, records, safe_xml
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.office.drawings import on_sheet
from sunmao.knowledge.text.parsing.parsed import Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.pictures import NEEDS, Gallery, Shot
from sunmao.knowledge.text.parsing.source import Content, Format, Source
from sunmao.knowledge.text.parsing.writing import Text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAIN_PART = "xl/workbook.xml"
MAX_SHEETS = 1000
MAX_CELLS = 5_000_000

_UNNAMED = re.compile(r"(?:Sheet|工作表)\s?\d*")
_SHEET_MARK = b"sheetId="

Cells = dict[int, dict[int, Any]]
"""Row → column → value; gaps are not filled, so a cell in the last corner costs nothing."""


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: `corrupt_file`, `encrypted_file`, `unsafe_file`, `empty_file`,
    `file_too_complex` or `file_too_large_inside`."""
    from openpyxl import load_workbook

    with archive.opened(source.data, source.budget) as container:
        safe_xml.check(container)
        aside = safe_xml.said_aside(container)
        if container.read(MAIN_PART).count(_SHEET_MARK) > MAX_SHEETS:
            raise unreadable(
                "file_too_complex", _("The workbook has more than a thousand sheets. Split it into several.")
            )
    book = load_workbook(BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
    with closing(book):
        text = _written(book, Gallery.of(source))
    if not text.length:
        raise unreadable(
            "empty_file", _("The workbook holds no text. Check that it was saved, then upload it again.")
        )
    text.aside += aside
    return text.parsed(title=title_from(source.name), media_type=MEDIA_TYPE)


def _written(book: Any, gallery: Gallery) -> Text:
    """The rows of a sheet, then its pictures."""
    text = Text()
    sheets = [(sheet, records.written(_rows(book, sheet))) for sheet in book.worksheets]
    shown = [(sheet, said, _shots(book, sheet, gallery)) for sheet, said in sheets if _is_visible(sheet)]
    visible = [(sheet, said, shots) for sheet, said, shots in shown if said or shots]
    for sheet, said, shots in visible:
        if len(visible) > 1 or not _UNNAMED.fullmatch(sheet.title):
            text.add(f"## {records.tidy(sheet.title)}")
        text.add(said)
        for shot in shots:
            pictures.add(text, shot)
    text.remarks += gallery.remarks
    text.hidden = [said for sheet, said in sheets if not _is_visible(sheet) and said]
    if text.hidden:
        text.remarks.append(Remark("hidden_text", str(sum(map(len, text.hidden)))))
    return text


def _is_visible(sheet: Any) -> bool:
    return bool(sheet.sheet_state == "visible")


def _shots(book: Any, sheet: Any, gallery: Gallery) -> list[Shot]:
    found = (gallery.shot(one.data, one.caption) for one in on_sheet(book._archive, sheet._worksheet_path))
    return [shot for shot in found if shot is not None]


def _rows(book: Any, sheet: Any) -> list[list[str]]:
    cells, merged = _cells(book, sheet)
    _fill_down(cells, merged)
    columns = sorted({column for row in cells.values() for column in row})
    if len(cells) * len(columns) > MAX_CELLS:
        raise unreadable(
            "file_too_complex", _("A sheet spans more than five million cells. Split it into several.")
        )
    return [[cells[number].get(column, "") for column in columns] for number in sorted(cells)]


def _cells(book: Any, sheet: Any) -> tuple[Cells, list[str]]:
    from openpyxl.worksheet._reader import MERGE_TAG, ROW_TAG, WorkSheetParser
    from openpyxl.xml.functions import iterparse

    cells: Cells = {}
    merged: list[str] = []
    with book._archive.open(sheet._worksheet_path) as member:
        reader = WorkSheetParser(
            member,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for _event, element in iterparse(member):
            if element.tag == ROW_TAG:
                number, row = reader.parse_row(element)
                cells[number] = {cell["column"]: said for cell in row if (said := _shown(book, cell))}
            elif element.tag == MERGE_TAG:
                merged = [child.get("ref", "") for child in element]
            if element.tag in (ROW_TAG, MERGE_TAG):
                element.clear()
    return cells, merged


def _fill_down(cells: Cells, merged: list[str]) -> None:
    """A cell that spans rows counts for each of them; one that spans columns stands in its first."""
    from openpyxl.utils import range_boundaries

    for reference in merged:
        column, top, _right, bottom = range_boundaries(reference)
        value = cells.get(top, {}).get(column)
        if value is None:
            continue
        for row in range(top + 1, bottom + 1) if bottom - top < len(cells) else cells:
            if row in cells and top < row <= bottom:
                cells[row].setdefault(column, value)


def _shown(book: Any, cell: dict[str, Any]) -> str:
    value = cell["value"]
    if value is None or cell["data_type"] == "e":
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _figure(value, is_share="%" in _number_format(book, cell["style_id"]))
    return records.tidy(_moment(value) if isinstance(value, date | time | timedelta) else str(value))


def _figure(value: float, *, is_share: bool) -> str:
    return f"{value * 100:.12g}%" if is_share else f"{value:.15g}" if isinstance(value, float) else str(value)


def _moment(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _number_format(book: Any, style: int) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    number = book._cell_styles[style].numFmtId
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    return str(book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])


def _is_workbook(content: Content) -> bool:
    return MAIN_PART in content.members


FORMAT = Format(
    MEDIA_TYPE,
    (".xlsx", ".xlsm"),
    parse,
    _is_workbook,
    needs=("openpyxl", "openpyxl.worksheet._reader", "openpyxl.reader.excel", "openpyxl.chartsheet", *NEEDS),
)
__all__ = ["FORMAT"]
