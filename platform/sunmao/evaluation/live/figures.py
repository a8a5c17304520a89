"""What releases do to people who ask: counts from answer records, and whether two releases differ.

The test is Fisher's exact one for 2 × 2 tables (Fisher, 1922), two-sided: it holds for the small numbers that
a canary begins with. Intervals are Wilson's (1927), 95 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, Q

from sunmao.answering.models import AnswerRecord
from sunmao.releases.models import Split

RATES: Mapping[str, Q] = {
    "unanswered": Q(outcome="unanswered"),
    "withheld": Q(outcome="withheld"),
    "disliked": Q(exchange__feedback="down"),
    "liked": Q(exchange__feedback="up"),
}
SIGNIFICANT = 0.05
Z = 1.959964


@dataclass(frozen=True)
class Live:
    """Of one release: how many answers, how often each of `RATES`, and the mean time in seconds."""

    answers: int
    counts: Mapping[str, int]
    seconds: float | None

    def as_json(self) -> dict[str, Any]:
        return {
            "answers": self.answers,
            "mean_seconds": None if self.seconds is None else round(self.seconds, 3),
            **{name: self._rate(count) for name, count in self.counts.items()},
        }

    def _rate(self, count: int) -> dict[str, Any]:
        of = self.answers
        return {"count": count, "rate": rate(count, of), "interval": wilson(count, of)}


def live(*, release_id: UUID, since: datetime) -> Live:
    counted = AnswerRecord.objects.filter(release_id=release_id, created_at__gte=since).aggregate(
        answers=Count("pk"),
        mean=Avg("seconds"),
        **{name: Count("pk", filter=which) for name, which in RATES.items()},
    )
    return Live(counted["answers"], {name: counted[name] for name in RATES}, counted["mean"])


def compare(split: Split) -> dict[str, Any]:
    """The read-out of a split: both releases since it began, and for each rate the probability that chance
    alone makes them differ so much."""
    control = live(release_id=split.control_id, since=split.created_at)
    other = live(release_id=split.release_id, since=split.created_at)
    return {
        "control": control.as_json(),
        "release": other.as_json(),
        "tests": {
            name: _test(control.counts[name], control.answers, other.counts[name], other.answers)
            for name in RATES
        },
    }


def _test(one: int, of_one: int, other: int, of_other: int) -> dict[str, Any]:
    p = fisher(one, of_one - one, other, of_other - other)
    return {"p": round(p, 4), "significant": p < SIGNIFICANT}


def rate(count: int, of: int) -> float | None:
    return round(count / of, 4) if of else None


def wilson(count: int, of: int) -> tuple[float, float] | None:
    if not of:
        return None
    share, square = count / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return round(max(middle - half, 0.0), 4), round(min(middle + half, 1.0), 4)


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Two-sided: the sum over all tables with these margins that are no likelier than this one."""
    row, column, n = a + b, a + c, a + b + c + d
    least, most = max(0, row + column - n), min(row, column)

    def log_chance(x: int) -> float:
        return _log_choose(row, x) + _log_choose(n - row, column - x) - _log_choose(n, column)

    here = log_chance(a)
    logs = (log_chance(x) for x in range(least, most + 1))
    return min(math.fsum(math.exp(one) for one in logs if one <= here + 1e-9), 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


__all__ = ["RATES", "Live", "compare", "fisher", "live", "rate", "wilson"]
