"""Recall and precision on texts of our own: contracts with planted defects, and single clauses."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from verticals.contract_review.domain import Finding, review, shipped

AS_OF = date(2026, 11, 22)


def contracts(folder: Path) -> dict[str, Any]:
    """Both twins of every contract. Only rules that are planted somewhere in the folder count."""
    rows = [tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml"))]
    planted_anywhere = {code for row in rows for clause in row["clause"] for code in clause.get("rules", ())}
    tally = _Tally()
    kinds = quotes = 0
    for row in rows:
        planted = {code for clause in row["clause"] for code in clause.get("rules", ())}
        for text, expected in ((_clean(row), set()), (_defective(row), planted)):
            told = review(text, side=row["side"], as_of=row["as_of"], parameters=shipped())
            kinds += told.contract_type == row["kind"]
            quotes += not _inexact(told.findings, text)
            tally.add(expected, {one.rule for one in told.findings if one.score >= 15} & planted_anywhere)
    texts = max(len(rows) * 2, 1)
    return {
        "n": len(rows),
        **tally.told(),
        "type_suggested": round(kinds / texts, 4),
        "quotes_exact": round(quotes / texts, 4),
    }


def _clean(row: dict[str, Any]) -> str:
    return "\n".join(clause["clean"] for clause in row["clause"])


def _defective(row: dict[str, Any]) -> str:
    texts = (clause.get("planted", clause["clean"]) for clause in row["clause"])
    return "\n".join(text for text in texts if text)


def _inexact(findings: tuple[Finding, ...], text: str) -> bool:
    return any(not text[span.start : span.end].strip() for one in findings for span in one.spans)


def clauses(folder: Path) -> dict[str, Any]:
    """Each clause against its own rule: broken ones must be found, lawful ones left alone."""
    tally = _Tally()
    count = 0
    for code, text, options, breaks in cases(folder):
        told = review(text, as_of=AS_OF, parameters=shipped(), **options)
        found = any(one.rule == code and one.score >= 15 for one in told.findings)
        tally.add({code} if breaks else set(), {code} if found else set())
        count += 1
    return {"n": count, **tally.told()}


def cases(folder: Path) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Rule, text, how it is reviewed, whether it breaks the rule."""
    for file in sorted(folder.glob("*.toml")):
        for code, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for kind in ("breaks", "lawful"):
                for one in row[kind]:
                    own = one if isinstance(one, dict) else {"text": one}
                    options = {
                        "contract_type": row.get("type", ""),
                        "side": row.get("side", "neutral"),
                        "whole": own.get("whole", row.get("whole", False)),
                    }
                    yield code, own["text"], options, kind == "breaks"


class _Tally:
    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.false: Counter[str] = Counter()

    def add(self, expected: set[str], got: set[str]) -> None:
        self.found.update(expected & got)
        self.missed.update(expected - got)
        self.false.update(got - expected)

    def told(self) -> dict[str, Any]:
        found, missed, false = (sum(one.values()) for one in (self.found, self.missed, self.false))
        codes = sorted({*self.found, *self.missed, *self.false})
        return {
            "recall": round(found / max(found + missed, 1), 4),
            "precision": round(found / max(found + false, 1), 4),
            "found": found,
            "missed": missed,
            "false": false,
            "rules": {
                code: {"found": self.found[code], "missed": self.missed[code], "false": self.false[code]}
                for code in codes
            },
        }
