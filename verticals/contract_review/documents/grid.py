"""Fields × contracts → CSV and XLSX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sunmao.guards.label import Label

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
    raise NotImplementedError


def grid_xlsx(grid: Grid, *, label: Label | None = None, language: str = "zh") -> bytes:
    raise NotImplementedError


__all__ = ["Column", "Grid", "Row", "Value", "grid_csv", "grid_xlsx"]
