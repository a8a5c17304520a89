"""What was forgotten: the same cases before and after. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sunmao.evaluation.statistics import difference

ALLOWED = 0.05
"""How much of the pass rate may be lost, where nobody asks for less."""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """`drop` is before minus after; `interval` its 95 % bootstrap over the cases, `chance` how likely so many
    cases are to become worse, of those that changed, if nothing was lost (McNemar's exact test, one side)."""

    before: float
    after: float
    drop: float
    interval: tuple[float, float]
    chance: float
    worse: list[str] = field(default_factory=list)
    better: list[str] = field(default_factory=list)
    categories: dict[str, tuple[float, float]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def is_too_much(self, allowed: float = ALLOWED) -> bool:
        return self.drop > allowed + 1e-9


def forgotten(before: Mapping[str, Any], after: Mapping[str, Any]) -> Lost:
    """Of two figures of `measure`. Raises `ValueError` for figures of two editions of the suite."""
    one, other = before["cases_passed"], after["cases_passed"]
    if before["suite_digest"] != after["suite_digest"] or set(one) != set(other) or not one:
        raise ValueError("figures of two suites")
    names = sorted(one)
    worse = [name for name in names if one[name] and not other[name]]
    better = [name for name in names if other[name] and not one[name]]
    told = difference([float(one[name]) for name in names], [float(other[name]) for name in names])
    return Lost(
        before=before["pass_rate"],
        after=after["pass_rate"],
        drop=round((len(worse) - len(better)) / len(names), 4),
        interval=(round(-told.interval[1], 4), round(-told.interval[0], 4)),
        chance=mcnemar(len(worse), len(better)),
        worse=worse,
        better=better,
        categories={
            name: (figure["pass_rate"], after["slices"].get(name, {}).get("pass_rate", 0.0))
            for name, figure in before["slices"].items()
        },
    )


def mcnemar(worse: int, better: int) -> float:
    """How likely at least so many worse ones are among those that changed, if either way is as likely."""
    changed = worse + better
    at_least = sum(math.comb(changed, k) for k in range(worse, changed + 1))
    return round(at_least / float(2**changed), 6)


__all__ = ["ALLOWED", "Lost", "forgotten", "mcnemar"]
