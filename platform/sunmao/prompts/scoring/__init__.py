"""How good a prompt is as a text, before anybody runs it: five parts, each made of checks with reasons.

Document 000 §2.3 gives the parts and their weights. The checks are ours: every one looks for something that
can be seen in the text, says where, and what to do. They say nothing of whether a model will be right; that
is what the pass rate on the prompt's own cases is for, which stands beside the score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sunmao.core.errors import Message
from sunmao.prompts.scoring.checks import CHECKS
from sunmao.prompts.scoring.text import Text
from sunmao.prompts.scoring.titles import ADVICE, PARTS
from sunmao.prompts.source import PromptSource

WEIGHTS: Mapping[str, float] = {
    "clarity": 0.3,
    "completeness": 0.25,
    "guidance": 0.2,
    "constraining": 0.15,
    "adaptability": 0.1,
}


@dataclass(frozen=True)
class Judged:
    """One check: `got` from 0 to 1, and the lines and words that it is about."""

    check: str
    part: str
    weight: int
    got: float
    places: tuple[tuple[int, str], ...]

    @property
    def advice(self) -> Message:
        return ADVICE[self.check]

    def as_dict(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "weight": self.weight,
            "got": round(self.got, 2),
            "advice": str(self.advice) if self.got < 1 else "",
            "places": [{"line": line, "words": words} for line, words in self.places],
        }


@dataclass(frozen=True)
class Score:
    parts: Mapping[str, float]
    checks: tuple[Judged, ...]

    @property
    def total(self) -> float:
        return round(sum(WEIGHTS[part] * value for part, value in self.parts.items()), 1)

    def as_dict(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "parts": [
                {
                    "part": part,
                    "title": str(PARTS[part]),
                    "weight": WEIGHTS[part],
                    "score": self.parts[part],
                    "checks": [one.as_dict() for one in self.checks if one.part == part],
                }
                for part in WEIGHTS
            ],
        }


def score(prompt: PromptSource, source: str = "") -> Score:
    """A check that does not apply (a schema where no JSON is asked for) counts neither way."""
    text = Text.of(prompt, source)
    judged = []
    for check in CHECKS:
        found = check.look(text)
        if found is not None:
            places = tuple(text.placed(word) for word in found.words[:5])
            judged.append(Judged(check.name, check.part, check.weight, found.got, places))
    parts = {part: _mean([one for one in judged if one.part == part]) for part in WEIGHTS}
    return Score(parts, tuple(judged))


def _mean(judged: list[Judged]) -> float:
    total = sum(one.weight for one in judged)
    return round(100 * sum(one.weight * one.got for one in judged) / total, 1) if total else 0.0


__all__ = ["WEIGHTS", "Judged", "Score", "score"]
