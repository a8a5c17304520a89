"""Intervals of any figure by bootstrap over the cases, and figures of labels. Pure.

Percentile bootstrap (Efron, 1979), 95 %, with a fixed seed. Two runs are compared case by case: the pairs are
drawn, not the two runs apart, because an easy case is easy in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

RESAMPLES, SEED = 1_000, 1
T = TypeVar("T")
Interval = tuple[float, float]


@dataclass(frozen=True)
class Difference:
    """After minus before."""

    mean: float
    interval: Interval


def bootstrap(
    values: Sequence[T], statistic: Callable[[Sequence[T]], float], *, resamples: int = RESAMPLES
) -> Interval | None:
    """None where there are not two values: one says nothing of others."""
    if len(values) < 2:
        return None
    chance = Random(SEED)  # noqa: S311  no secret depends on it
    found = sorted(statistic(chance.choices(values, k=len(values))) for _ in range(resamples))
    return _middle(found)


def interval(passed: Sequence[bool]) -> Interval | None:
    """Of a rate. For cases that all went one way a bootstrap says nothing: the rule of three does."""
    n, good = len(passed), sum(passed)
    if not n:
        return None
    if good in (0, n):
        edge = round(1 - 0.05 ** (1 / n), 4)
        return (0.0, edge) if not good else (round(1 - edge, 4), 1.0)
    chance = Random(SEED)  # noqa: S311  no secret depends on it
    rates = sorted(sum(chance.choices(passed, k=n)) / n for _ in range(RESAMPLES))
    return round(rates[int(0.025 * RESAMPLES)], 4), round(rates[int(0.975 * RESAMPLES) - 1], 4)


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Of a mean. None where all are the same: then a bootstrap would claim what it cannot know."""
    if len(values) < 2 or min(values) == max(values):
        return None
    import numpy

    given = numpy.asarray(values, dtype=float)
    chance, found = numpy.random.default_rng(SEED), []
    for _ in range(RESAMPLES):
        found.append(float(given[chance.integers(0, len(given), len(given))].mean()))
    return _middle(sorted(found))


def percentile_interval(values: Sequence[float], share: float) -> Interval | None:
    """Of a percentile by the nearest rank."""
    if len(values) < 2:
        return None
    import numpy

    given = numpy.sort(numpy.asarray(values, dtype=float))
    chance, rank = numpy.random.default_rng(SEED), max(int(numpy.ceil(share * len(given))) - 1, 0)
    found = []
    for _ in range(RESAMPLES):
        found.append(float(numpy.partition(given[chance.integers(0, len(given), len(given))], rank)[rank]))
    return _middle(sorted(found))


def _middle(ordered: Sequence[float]) -> Interval:
    """All but the outer 2.5 % on each side."""
    n = len(ordered)
    return round(ordered[int(0.025 * n)], 4), round(ordered[max(int(0.975 * n) - 1, 0)], 4)


def difference(before: Sequence[float], after: Sequence[float]) -> Difference:
    """Of pairs: the same cases, before and after."""
    apart = [two - one for one, two in zip(before, after, strict=True)]
    mean = round(sum(apart) / len(apart), 4) if apart else 0.0
    return Difference(mean, mean_interval(apart) or (mean, mean))


def labels(pairs: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """Of (expected, found): accuracy, macro-F1 over the expected labels, and how often which label was taken
    for which; what is no label, or several, is found as ''."""
    if not pairs:
        return None
    confusion: dict[str, dict[str, int]] = {}
    for (expected, found), count in sorted(Counter(pairs).items()):
        confusion.setdefault(expected, {})[found] = count
    return {
        "checks": len(pairs),
        "accuracy": round(_accuracy(pairs), 4),
        "accuracy_interval": interval([one == two for one, two in pairs]),
        "macro_f1": round(macro_f1(pairs), 4),
        "macro_f1_interval": bootstrap(pairs, macro_f1, resamples=200 if len(pairs) > 500 else RESAMPLES),
        "confusion": confusion,
    }


def _accuracy(pairs: Sequence[tuple[str, str]]) -> float:
    return sum(one == two for one, two in pairs) / len(pairs)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    expected, found = Counter(one for one, _two in pairs), Counter(two for _one, two in pairs)
    right = Counter(one for one, two in pairs if one == two)
    scores = [2 * right[name] / (count + found[name]) for name, count in expected.items()]
    return sum(scores) / len(scores)


__all__ = [
    "Difference",
    "Interval",
    "bootstrap",
    "difference",
    "interval",
    "labels",
    "macro_f1",
    "mean_interval",
    "percentile_interval",
]
