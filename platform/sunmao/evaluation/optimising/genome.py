"""A text in the parts that a search may change: demands, examples, whether the model thinks aloud."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from sunmao.prompts.source import Example, PromptSource

_BULLET = re.compile(r"^\s*[-*] (?!\{)(.+)$")
STRATEGIES_CHOSEN = ("few_shot", "chain_of_thought")


@dataclass(frozen=True)
class Genome:
    """`lines` are the demands, in order; `shown` places in the pool of examples."""

    front: dict[str, Any] = field(hash=False, compare=False)
    head: str
    lines: tuple[str, ...]
    tail: str
    shown: tuple[int, ...] = ()
    aloud: bool = False

    def source(self, pool: Sequence[Example]) -> str:
        front = dict(self.front)
        body = self.head
        if body or self.tail:
            listed = "\n".join(f"- {line}" for line in self.lines)
            body = "\n".join(part for part in (self.head, listed, self.tail) if part)
        else:
            front["constraints"] = list(self.lines)
        kept = [one for one in front.get("strategy") or [] if _name(one) not in STRATEGIES_CHOSEN]
        front.pop("examples", None)
        if self.shown:
            front["examples"] = [{"input": pool[n].input, "output": pool[n].output} for n in self.shown]
            kept.append({"few_shot": {"examples": min(8, len(self.shown))}})
        if self.aloud:
            kept.append("chain_of_thought")
        front["strategy"] = kept
        text = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
        return f"---\n{text}---\n{body}\n"


def _name(given: Any) -> str:
    return next(iter(given)) if isinstance(given, dict) else str(given)


def genome_of(prompt: PromptSource, pool: Sequence[Example]) -> Genome:
    """The demands are the longest list of a body, or `constraints` where there is no body."""
    front = dict(prompt.front)
    shown = tuple(range(len(prompt.examples)))[:8]
    aloud = any(step.name == "chain_of_thought" for step in prompt.strategy)
    if not prompt.body:
        return Genome(front, "", prompt.constraints, "", shown, aloud)
    rows = prompt.body.split("\n")
    start, end = _longest_list(rows)
    lines = tuple(match[1].strip() for row in rows[start:end] if (match := _BULLET.match(row)))
    return Genome(
        front,
        "\n".join(rows[:start]),
        lines,
        "\n" + "\n".join(rows[end:]).strip("\n"),
        shown,
        aloud,
    )


def _longest_list(rows: Sequence[str]) -> tuple[int, int]:
    """Where no list is, a new one stands before the last paragraph, which is what was asked."""
    best, start = (0, 0), None
    for place, row in enumerate([*rows, ""]):
        if _BULLET.match(row):
            start = place if start is None else start
        elif start is not None:
            best = max(best, (start, place), key=lambda span: span[1] - span[0])
            start = None
    if best != (0, 0):
        return best
    blank = next((n for n in range(len(rows) - 1, 0, -1) if not rows[n].strip()), 0)
    return blank, blank


def with_line(genome: Genome, line: str) -> Genome:
    return genome if line in genome.lines else replace(genome, lines=(*genome.lines, line))


__all__ = ["Genome", "genome_of", "with_line"]
