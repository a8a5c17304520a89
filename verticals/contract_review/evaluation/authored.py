"""Recall and precision on texts of our own: contracts with planted defects, and single clauses."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from verticals.contract_review.domain import Finding, Review, review, shipped

AS_OF = date(2026, 11, 22)
REPORTED = 15  # the score from which a finding is more than a note


def contracts(place: Path) -> dict[str, Any]:
    """Both twins of every contract. Only rules that are planted somewhere in the set count."""
    rows = read(place)
    planted_anywhere = {code for row in rows.values() for code in _planted(row)}
    tally = _Tally()
    kinds = quotes = 0
    for name, row in rows.items():
        for twin, text, expected in (
            ("clean", _clean(row), set()),
            ("planted", _defective(row), _planted(row)),
        ):
            told = review(text, side=row["side"], as_of=day(row["as_of"]), parameters=shipped())
            kinds += told.contract_type == row["kind"]
            quotes += not _inexact(told.findings, text)
            found = {one.rule for one in told.findings if one.score >= REPORTED} & planted_anywhere
            tally.add(expected, found)
            tally.note(name, twin, row, text, told, expected, found)
    texts = max(len(rows) * 2, 1)
    return {
        "n": len(rows),
        **tally.told(),
        "type_suggested": round(kinds / texts, 4),
        "quotes_exact": round(quotes / texts, 4),
        "misses": tally.misses,
        "false_findings": tally.unasked,
    }


def read(place: Path) -> dict[str, dict[str, Any]]:
    """The contracts of a folder of TOML files, or of one TOML or JSON file, by name."""
    if place.is_dir():
        return {file.stem: row for file in sorted(place.glob("*.toml")) for row in read(file).values()}
    try:
        body = place.read_text(encoding="utf-8")
        data: Any = json.loads(body) if place.suffix == ".json" else tomllib.loads(body)
        found: Any = data.get("contracts", data) if isinstance(data, dict) else data
        if isinstance(found, dict):
            found = [found] if "clause" in found else [{"name": key, **row} for key, row in found.items()]
        return {
            str(row.get("name", row.get("id", place.stem + f"-{at}"))): row for at, row in enumerate(found, 1)
        }
    except (OSError, ValueError, AttributeError) as problem:
        raise CommandError(f"{place} holds no contracts: {problem}") from problem


def _planted(row: dict[str, Any]) -> set[str]:
    return {code for clause in row["clause"] for code in clause.get("rules", ())}


def day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _clean(row: dict[str, Any]) -> str:
    return "\n".join(clause["clean"] for clause in row["clause"] if clause["clean"])


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
        found = any(one.rule == code and one.score >= REPORTED for one in told.findings)
        tally.add({code} if breaks else set(), {code} if found else set())
        count += 1
    return {"n": count, **tally.told()}


def cases(folder: Path) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Rule, text, how it is reviewed, whether it breaks the rule."""
    for file in sorted(folder.glob("*.toml")):
        for code, row in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for kind in ("breaks", "lawful"):
                for one in row.get(kind, ()):
                    own = one if isinstance(one, dict) else {"text": one}
                    options = {
                        "contract_type": row.get("type", ""),
                        "side": row.get("side", "neutral"),
                        "whole": own.get("whole", row.get("whole", False)),
                    }
                    text = row.get("frame", "{}").replace("{}", own["text"])
                    yield code, text, options, kind == "breaks"


class _Tally:
    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.false: Counter[str] = Counter()
        self.misses: list[dict[str, str]] = []
        self.unasked: list[dict[str, str]] = []

    def add(self, expected: set[str], got: set[str]) -> None:
        self.found.update(expected & got)
        self.missed.update(expected - got)
        self.false.update(got - expected)

    def note(
        self,
        name: str,
        twin: str,
        row: dict[str, Any],
        text: str,
        told: Review,
        expected: set[str],
        got: set[str],
    ) -> None:
        """Each miss with the clause that it stands in, each false finding with the words that it quotes."""
        for code in sorted(expected - got):
            where = next(one for one in row["clause"] if code in one.get("rules", ()))
            words = where.get("planted") or f"(left out) {where['clean']}"
            self.misses.append({"contract": name, "rule": code, "text": words.strip()})
        for code in sorted(got - expected):
            spans = next(one.spans for one in told.findings if one.rule == code)
            quote = " … ".join(text[span.start : span.end] for span in spans) or "(absent)"
            self.unasked.append({"contract": f"{name}, {twin}", "rule": code, "text": quote})

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
