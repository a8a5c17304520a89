"""Evolution with elitism over texts; the figures that count are of cases that it never saw. Pure but for
`judge`, which asks a model.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from sunmao.evaluation.optimising.genome import Genome
from sunmao.evaluation.optimising.mutations import Rewrite, crossed, demands, mutated
from sunmao.prompts.source import Example, examine

HELD_OUT, RESAMPLES = 0.4, 2_000
LENGTH_COST = 1e-6
"""Of two texts that are as good the shorter one is better."""


@dataclass(frozen=True)
class Trial:
    """A case as a search sees it."""

    name: str
    inputs: Mapping[str, Any]
    checks: Sequence[Mapping[str, Any]]


Judge = Callable[[str, Trial], float]
"""The share of a case's checks that an answer of this text passes; 1 is passed."""


@dataclass
class Found:
    source: str
    figures: dict[str, Any] = field(default_factory=dict)
    improved: bool = False


def split(trials: Sequence[Trial], seed: int) -> tuple[list[Trial], list[Trial]]:
    """To learn from, and held out; by name, so that a case stays where it is when others come."""
    order = sorted(trials, key=lambda one: hashlib.sha256(f"{seed} {one.name}".encode()).hexdigest())
    out = max(2, round(len(order) * HELD_OUT))
    return order[out:], order[:out]


def evolve(
    *,
    base: str,
    start: Genome,
    pool: Sequence[Example],
    trials: Sequence[Trial],
    judge: Judge,
    language: str,
    rounds: int,
    population: int,
    seed: int,
    rewrite: Rewrite | None = None,
) -> Found:
    learnt, held = split(trials, seed)
    chance = random.Random(seed)  # noqa: S311  a search is to be repeated, not to be secret
    wanted = demands(language, [check for one in learnt for check in one.checks])
    marks: dict[str, float] = {}

    def fitness(genome: Genome) -> float:
        source = genome.source(pool)
        if source not in marks:
            marks[source] = _mark(source, learnt, judge)
        return marks[source]

    living = [start]
    for _round in range(rounds):
        while len(living) < population:
            parent = chance.choice(living[: max(1, population // 2)])
            child = crossed(parent, chance.choice(living), chance) if chance.random() < 0.2 else parent
            living.append(mutated(child, chance, wanted=wanted, pool=len(pool), rewrite=rewrite))
        living = sorted(dict.fromkeys(living), key=fitness, reverse=True)[: max(1, population // 2)]
    best = living[0].source(pool)
    return compared(base, best, learnt, held, judge, tried=len(marks), seed=seed)


def _mark(source: str, trials: Sequence[Trial], judge: Judge) -> float:
    """Passed cases first, then shares of checks; a text that cannot be read is worth nothing."""
    prompt, problems = examine(source)
    if prompt is None or problems:
        return -1.0
    shares = [judge(source, one) for one in trials]
    return fmean(float(share == 1) for share in shares) + 0.1 * fmean(shares) - LENGTH_COST * len(source)


def compared(
    base: str,
    best: str,
    learnt: Sequence[Trial],
    held: Sequence[Trial],
    judge: Judge,
    *,
    tried: int,
    seed: int,
) -> Found:
    before, after = ([float(judge(text, one) == 1) for one in held] for text in (base, best))
    low, high = interval([b - a for a, b in zip(before, after, strict=True)], seed)
    figures = {
        "learnt_from": len(learnt),
        "held_out": len(held),
        "texts_tried": tried,
        "learnt_before": _rate(base, learnt, judge),
        "learnt_after": _rate(best, learnt, judge),
        "held_out_before": round(fmean(before), 4),
        "held_out_after": round(fmean(after), 4),
        "gain": round(fmean(after) - fmean(before), 4),
        "gain_low": low,
        "gain_high": high,
    }
    return Found(best, figures, improved=fmean(after) > fmean(before))


def _rate(source: str, trials: Sequence[Trial], judge: Judge) -> float:
    return round(fmean(float(judge(source, one) == 1) for one in trials), 4)


def interval(differences: Sequence[float], seed: int) -> tuple[float, float]:
    """95 % of what paired resampling gives."""
    chance = random.Random(seed)  # noqa: S311
    size = len(differences)
    means = sorted(fmean(chance.choices(differences, k=size)) for _ in range(RESAMPLES))
    return round(means[int(0.025 * RESAMPLES)], 4), round(means[int(0.975 * RESAMPLES) - 1], 4)


__all__ = ["Found", "Judge", "Trial", "compared", "evolve", "interval", "split"]
