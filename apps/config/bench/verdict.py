"""From the ratios of single rounds to a verdict, or to the admission that there is none."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from apps.config.bench.race import Metric, Timing
from apps.config.bench.report import Ratio, Verdict

WIDEST_SPREAD = 0.25


@dataclass(frozen=True)
class Goal:
    """A bound on a ratio."""

    bound: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


def at_most(bound: float) -> Goal:
    return Goal(bound)


def at_least(bound: float) -> Goal:
    return Goal(bound, at_least=True)


def judge(name: str, *, num: str, den: str, values: Sequence[float], goal: Goal | None = None) -> Ratio:
    """The median of the rounds against the goal."""
    median, lo, hi = statistics.median(values), min(values), max(values)
    verdict = _verdict(median, hi - lo, goal)
    return Ratio(
        id=name,
        num=num,
        den=den,
        median=round(median, 6),
        lo=round(lo, 6),
        hi=round(hi, 6),
        goal=str(goal) if goal else None,
        passed={"pass": True, "fail": False}.get(verdict),
        verdict=verdict,
    )


def compare(
    name: str, num: Timing, den: Timing, *, goal: Goal | None = None, metric: Metric = "wall"
) -> Ratio:
    """How much longer (or how much more CPU) the median question took with `num` than with `den`."""
    pairs = zip(num.medians(metric), den.medians(metric), strict=True)
    return judge(name, num=num.name, den=den.name, values=[a / b for a, b in pairs], goal=goal)


def _verdict(median: float, width: float, goal: Goal | None) -> Verdict:
    if goal is None:
        return "reported"
    if width > WIDEST_SPREAD * abs(median):
        return "unsteady"
    return "pass" if goal.met(median) else "fail"
