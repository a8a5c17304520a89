"""Figures of rankings: means over questions, each with a bootstrap interval."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

from apps.config.evaluation.material import Question

Ranking = Sequence[str]
RESAMPLES = 1000
DEPTHS = (1, 5, 10, 100)


def recall(found: Ranking, gold: frozenset[str], depth: int) -> float:
    return len(gold & set(found[:depth])) / len(gold)


def reciprocal(found: Ranking, gold: frozenset[str], depth: int = 10) -> float:
    return next((1 / rank for rank, one in enumerate(found[:depth], 1) if one in gold), 0.0)


def gain(found: Ranking, gold: frozenset[str], depth: int = 10) -> float:
    """nDCG with binary relevance (Järvelin and Kekäläinen 2002)."""
    got = sum(1 / math.log2(rank + 1) for rank, one in enumerate(found[:depth], 1) if one in gold)
    return got / sum(1 / math.log2(rank + 1) for rank in range(1, min(len(gold), depth) + 1))


_FIGURES: Mapping[str, Callable[[Ranking, frozenset[str]], float]] = {
    **{f"recall@{depth}": (lambda r, g, depth=depth: recall(r, g, depth)) for depth in DEPTHS},  # type: ignore[misc]
    "hit@1": lambda r, g: float(bool(r) and r[0] in g),
    "mrr@10": reciprocal,
    "ndcg@10": gain,
}


def judged(rankings: Sequence[Ranking], questions: Sequence[Question], *, seed: int) -> dict[str, object]:
    """Each figure, and the middle 95 % of it over resampled questions under `interval`."""
    told: dict[str, object] = {}
    interval: dict[str, list[float]] = {}
    for name, figure in _FIGURES.items():
        values = [figure(found, one.relevant) for found, one in zip(rankings, questions, strict=True)]
        told[name] = round(sum(values) / len(values), 4)
        interval[name] = bootstrap(values, seed=seed)
    return {**told, "interval": interval}


def bootstrap(values: Sequence[float], *, seed: int) -> list[float]:
    draw = random.Random(seed)  # noqa: S311  reproducible, not secret
    count = len(values)
    means = sorted(sum(draw.choices(values, k=count)) / count for _ in range(RESAMPLES))
    return [round(means[int(RESAMPLES * part)], 4) for part in (0.025, 0.975)]


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
