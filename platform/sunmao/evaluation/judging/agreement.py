"""How far those who judge agree, beyond what chance would give. Pure.

Cohen's kappa (1960), weighted by squares for grades (1968), of two; Krippendorff's alpha (2004) of any
number, also where some did not judge everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from sunmao.evaluation.statistics import bootstrap

Level = Literal["nominal", "interval"]
GRADES = (1, 2, 3, 4, 5)


def kappa(pairs: Sequence[tuple[int, int]], *, level: Level) -> float | None:
    """None where chance alone would agree on everything, so that nothing can be said."""
    if not pairs:
        return None
    apart = _distance(level)
    n, first = len(pairs), Counter(one for one, _ in pairs)
    second = Counter(two for _, two in pairs)
    seen = sum(apart(one, two) for one, two in pairs) / n
    by_chance = sum(
        apart(one, two) * count * other for one, count in first.items() for two, other in second.items()
    ) / (n * n)
    return round(1 - seen / by_chance, 4) if by_chance else None


def alpha(units: Sequence[Sequence[int]], *, level: Level) -> float | None:
    """`units` holds for each item what was said of it, by whoever; items with one word say nothing."""
    judged = [unit for unit in units if len(unit) > 1]
    apart, said = _distance(level), Counter(value for unit in judged for value in unit)
    n = sum(said.values())
    if n < 2:
        return None
    seen = sum(sum(apart(one, two) for one in unit for two in unit) / (len(unit) - 1) for unit in judged) / n
    by_chance = sum(
        apart(one, two) * count * other for one, count in said.items() for two, other in said.items()
    ) / (n * (n - 1))
    return round(1 - seen / by_chance, 4) if by_chance else None


def _distance(level: Level) -> Callable[[int, int], float]:
    return (
        (lambda one, two: float(one != two)) if level == "nominal" else lambda one, two: float(one - two) ** 2
    )


def told(pairs: Sequence[tuple[int, int]], *, level: Level) -> dict[str, Any]:
    """Of (people, judge): as they are shown and stored."""
    same = sum(one == two for one, two in pairs)
    return {
        "items": len(pairs),
        "agreement": round(same / len(pairs), 4) if pairs else None,
        "kappa": kappa(pairs, level=level),
        "interval": bootstrap(pairs, lambda some: kappa(some, level=level) or 0.0),
        "alpha": alpha([list(pair) for pair in pairs], level=level),
    }


def correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's, of lengths and opinions: a judge who likes long answers shows it here."""
    if len(pairs) < 3:
        return None
    n = len(pairs)
    x, y = (sum(pair[at] for pair in pairs) / n for at in (0, 1))
    spread = [sum((pair[at] - mean) ** 2 for pair in pairs) for at, mean in ((0, x), (1, y))]
    if not all(spread):
        return None
    together = sum((one - x) * (two - y) for one, two in pairs)
    return round(float(together / (spread[0] * spread[1]) ** 0.5), 4)


__all__ = ["GRADES", "Level", "alpha", "correlation", "kappa", "told"]
