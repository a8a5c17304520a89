from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import openpyxl

from sunmao.guards.embedding import read_back
from sunmao.guards.label import label
from verticals.contract_review.documents.grid import Column, Grid, Row, grid_csv, grid_xlsx

GENERATED = label(kind="generated", produce_id="b-1", text="x")
GRID = Grid(
    title="批量/审查",
    corner="合同",
    columns=(
        Column(key="amount", title="金额"),
        Column(key="end", title="到期日"),
        Column(key="law", title="=管辖"),
    ),
    rows=(
        Row(
            contract='=HYPERLINK("http://evil")',
            values={"amount": Decimal("-1000000.50"), "end": date(2027, 2, 28), "law": "@SUM(A1)"},
            notes={"amount": "人民币壹佰万元整"},
        ),
        Row(contract="租赁合同.docx", values={"amount": None, "law": " -2+3\x0b"}),
    ),
)


def test_a_spreadsheet_computes_nothing_of_a_csv() -> None:
    data = grid_csv(GRID)

    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig")))) == [
        ["合同", "金额", "到期日", "'=管辖"],
        ['\'=HYPERLINK("http://evil")', "-1000000.50", "2027-02-28", "'@SUM(A1)"],
        ["租赁合同.docx", "", "", "' -2+3\x0b"],
    ]


def test_figures_and_days_are_such_in_a_workbook_and_words_are_words() -> None:
    book = openpyxl.load_workbook(io.BytesIO(grid_xlsx(GRID, label=GENERATED, language="en")))
    sheet = book.active

    assert sheet.title == "批量 审查"
    assert [cell.value for cell in sheet[1]] == ["合同", "金额", "到期日", "=管辖"]
    assert sheet["A2"].value == '=HYPERLINK("http://evil")'
    assert {sheet[name].data_type for name in ("A2", "D2", "D1", "D3")} == {"s"}
    assert (sheet["B2"].value, sheet["B2"].comment.text) == (-1000000.5, "人民币壹佰万元整")
    assert sheet["C2"].value.date() == date(2027, 2, 28)
    assert sheet["D3"].value == " -2+3"
    assert sheet.freeze_panes == "B2"
    assert sheet.cell(5, 1).value.startswith("AI-generated")
    assert json.loads(book.custom_doc_props["AIGC"].value) == GENERATED.aigc


def test_every_row_of_a_labelled_csv_carries_the_label() -> None:
    data = grid_csv(GRID, label=GENERATED, language="en")

    assert read_back("csv", data) == GENERATED.aigc
    assert all(
        row["label"].startswith("AI-generated")
        for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    )
