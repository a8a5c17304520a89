"""The clauses that are shipped: our own words, in three positions, as a beginning for an own library."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "library.toml"


@dataclass(frozen=True, kw_only=True)
class Clause:
    title: str
    language: str
    contract_type: str
    side: str
    rule: str
    preferred: str
    acceptable: str
    walk_away: str


@cache
def _all() -> tuple[Clause, ...]:
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["clause"]
    names = ("title", "language", "contract_type", "side", "rule", "preferred", "acceptable", "walk_away")
    return tuple(Clause(**{name: row.get(name, "") for name in names}) for row in rows)


def shipped(language: str) -> Sequence[Clause]:
    return [one for one in _all() if one.language == language]
