"""What the results of a run amount to, and how two runs compare. Pure rules.

Intervals: percentile bootstrap over the cases (Efron, 1979), 95 %, with a fixed seed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sunmao.evaluation.statistics import (
    difference,
    interval,
    labels,
    mean_interval,
    percentile_interval,
)

LABEL_FIGURES = ("accuracy", "macro_f1")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One case as it went; `checks` are (kind, passed, score) of each of its checks, `labels` the (expected,
    found) of those that ask for one."""

    case: str
    passed: bool
    slices: Sequence[str] = ()
    checks: Sequence[tuple[str, bool, float | None]] = ()
    seconds: float = 0.0
    tokens: int = 0
    error: str = ""
    labels: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Compared:
    """Cases by what became of them; `worse` passed before and fail now."""

    worse: list[str] = field(default_factory=list)
    better: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Each with its interval of 95 %; `labels` is None where no check asks for one."""
    times = sorted(one.seconds for one in outcomes)
    tokens = [float(one.tokens) for one in outcomes]
    return {
        "cases": len(outcomes),
        "passed": sum(one.passed for one in outcomes),
        "pass_rate": _rate(outcomes),
        "interval": interval([one.passed for one in outcomes]),
        "errors": sum(bool(one.error) for one in outcomes),
        "kinds": _kinds(outcomes),
        "labels": labels([pair for one in outcomes for pair in one.labels]),
        "slices": {name: _slice(some) for name, some in sorted(_by_slice(outcomes).items())},
        "p50_seconds": _percentile(times, 0.5),
        "p50_interval": percentile_interval(times, 0.5),
        "p95_seconds": _percentile(times, 0.95),
        "p95_interval": percentile_interval(times, 0.95),
        "tokens": sum(one.tokens for one in outcomes),
        "mean_tokens": round(sum(tokens) / len(tokens), 1) if tokens else None,
        "mean_tokens_interval": mean_interval(tokens),
    }


def against(before: Mapping[str, bool], outcomes: Sequence[Outcome]) -> dict[str, Any] | None:
    """How much the pass rate moved on the cases that both runs tried."""
    both = [one for one in outcomes if one.case in before]
    if not both:
        return None
    told = difference([float(before[one.case]) for one in both], [float(one.passed) for one in both])
    return {"cases": len(both), "mean": told.mean, "interval": told.interval}


def _rate(outcomes: Sequence[Outcome]) -> float | None:
    return round(sum(one.passed for one in outcomes) / len(outcomes), 4) if outcomes else None


def _by_slice(outcomes: Iterable[Outcome]) -> Mapping[str, list[Outcome]]:
    found: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        for name in one.slices:
            found[name].append(one)
    return found


def _slice(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "cases": len(outcomes),
        "pass_rate": _rate(outcomes),
        "interval": interval([one.passed for one in outcomes]),
    }


def _kinds(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    found: defaultdict[str, list[tuple[bool, float | None]]] = defaultdict(list)
    for one in outcomes:
        for kind, passed, score in one.checks:
            found[kind].append((passed, score))
    return {kind: _kind(some) for kind, some in sorted(found.items())}


def _kind(some: Sequence[tuple[bool, float | None]]) -> dict[str, Any]:
    scores = [score for _passed, score in some if score is not None]
    return {
        "checks": len(some),
        "pass_rate": round(sum(passed for passed, _score in some) / len(some), 4),
        "interval": interval([passed for passed, _score in some]),
        "mean_score": round(sum(scores) / len(scores), 4) if scores else None,
        "mean_interval": mean_interval(scores),
    }


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """The nearest rank: a time that an answer really took."""
    return round(ordered[max(math.ceil(share * len(ordered)) - 1, 0)], 3) if ordered else None


def compare(before: Mapping[str, bool], outcomes: Sequence[Outcome]) -> Compared:
    """`before` maps a case to whether it passed then."""
    found = Compared()
    for one in outcomes:
        if one.case not in before:
            found.new.append(one.case)
        elif before[one.case] and not one.passed:
            found.worse.append(one.case)
        elif one.passed and not before[one.case]:
            found.better.append(one.case)
    return found


def reasons(
    *, limits: Mapping[str, Any], found: Mapping[str, Any], worse: Sequence[str]
) -> list[dict[str, Any]]:
    """Why a release does not pass a suite; none when it does. Limits are compared with the figure itself,
    not with its interval: the interval is there for whoever sets the limit."""
    if not found.get("cases"):
        return [{"code": "no_cases"}]
    wrong: list[dict[str, Any]] = []
    if found["pass_rate"] < limits.get("pass_rate", 0):
        wrong.append({"code": "pass_rate", "found": found["pass_rate"], "asked": limits["pass_rate"]})
    allowed = limits.get("regressions", 0)
    if len(worse) > allowed:
        wrong.append({"code": "regressions", "found": len(worse), "asked": allowed, "cases": list(worse)})
    if "p95_seconds" in limits and found["p95_seconds"] > limits["p95_seconds"]:
        wrong.append({"code": "p95_seconds", "found": found["p95_seconds"], "asked": limits["p95_seconds"]})
    for name in LABEL_FIGURES:
        reached = (found.get("labels") or {}).get(name)
        if name in limits and (reached is None or reached < limits[name]):
            wrong.append({"code": name, "found": reached, "asked": limits[name]})
    for name, asked in limits.get("slices", {}).items():
        rate = found["slices"].get(name, {}).get("pass_rate")
        if rate is None or rate < asked:
            wrong.append({"code": "slice", "slice": name, "found": rate, "asked": asked})
    return wrong


__all__ = ["LABEL_FIGURES", "Compared", "Outcome", "against", "compare", "figures", "interval", "reasons"]
