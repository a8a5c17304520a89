"""Four contracts and what people ask about them: how often the clause that answers comes first."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path

from verticals.contract_review.domain.segments import clauses
from verticals.contract_review.service.finding_clauses import ranked

HERE = Path(__file__).parent


@dataclass
class Tally:
    """`missed` are questions with the beginning of what came first instead; `invented` got an answer though
    the contract has none."""

    asked: int = 0
    found: int = 0
    absent: int = 0
    refused: int = 0
    missed: list[tuple[str, str]] = field(default_factory=list)
    invented: list[tuple[str, str]] = field(default_factory=list)


def tally(half: str) -> Tally:
    """`learn` or `kept`."""
    told = Tally()
    for name, rows in tomllib.loads((HERE / "questions.toml").read_text(encoding="utf-8")).items():
        text = (HERE / f"{name}.txt").read_text(encoding="utf-8")
        units = [asdict(one) for one in clauses(text)]
        for question, says in rows[half]:
            first = next((one["text"] for one in ranked(question, text, units)), "")
            told.asked += 1
            told.found += says in first
            if says not in first:
                told.missed.append((question, first[:40]))
        for question in rows[f"absent_{half}"]:
            first = next((one["text"] for one in ranked(question, text, units)), "")
            told.absent += 1
            told.refused += not first
            if first:
                told.invented.append((question, first[:40]))
    return told
