"""Figures that move with time, as dated rows: an organisation may enter newer ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from verticals.contract_review.figures import table


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A value from a day on; `source` says who entered it or where it was published."""

    since: date
    value: Decimal
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """`minimum_wages` and `average_wages` are monthly, by place; `institutions` arbitrate.

    What is empty is not checked, and the review says so in a note instead of passing silently.
    """

    lpr_1y: tuple[Dated, ...]
    minimum_wages: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)
    average_wages: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)
    institutions: tuple[str, ...] = ()

    def lpr_on(self, day: date) -> Dated:
        """The one-year loan prime rate in force on a day."""
        return _on(self.lpr_1y, day) or self.lpr_1y[0]

    def minimum_wage(self, place: str, day: date) -> Dated | None:
        return _on(_of(self.minimum_wages, place), day)

    def average_wage(self, place: str, day: date) -> Dated | None:
        return _on(_of(self.average_wages, place), day)


def _of(rows: Mapping[str, tuple[Dated, ...]], place: str) -> tuple[Dated, ...]:
    """The rows of the longest place name that the text contains."""
    named = sorted((name for name in rows if name and name in place), key=len)
    return rows[named[-1]] if named else ()


def _on(rows: tuple[Dated, ...], day: date) -> Dated | None:
    return max((row for row in rows if row.since <= day), key=lambda row: row.since, default=None)


@cache
def shipped() -> Parameters:
    """The rows that come with the product."""
    data = table("parameters.toml")
    rows = tuple(
        Dated(since=row["date"], value=Decimal(str(row["percent"])), source=row.get("source", "PBoC"))
        for row in data["lpr_1y"]
    )
    return Parameters(lpr_1y=rows, institutions=tuple(data.get("institutions", ())))
