"""Formulas as names, in every table that leaves as a file: a spreadsheet shows them and runs none."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from sunmao.accounts import services as accounts
from tests.fixtures import Cast
from tests.security.payloads import FORMULAS, printable

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def _exported(client: Client, way: str) -> str:
    if way == "api":
        response = client.get("/api/v1/audit/export", {"format": "csv"})
    else:
        response = client.post("/console/audit/entry/export/", {"format": "csv"})
    assert response.status_code == 200
    return bytes(response.getvalue()).decode("utf-8-sig")


@pytest.mark.parametrize("way", ["api", "console"])
def test_no_cell_begins_like_one(cast: Cast, way: str) -> None:
    for number, formula in enumerate(FORMULAS):
        accounts.create_api_key(actor=cast.lin.actor, name=printable(formula)[:100])
        accounts.create_team(actor=cast.lin.actor, name=f"{printable(formula)[:80]} {number}")
    told = _exported(cast.lin.client, way)
    cells = [cell for row in csv.reader(io.StringIO(told)) for cell in row]
    assert any("cmd|" in cell for cell in cells), "the formulas are in the export"
    assert [cell for cell in cells if cell.startswith(ACTIVE)] == []
