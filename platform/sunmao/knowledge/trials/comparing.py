"""What the figures of a run are, and whether a question fares better or worse than before. Pure rules."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

DEPTHS = (1, 5, 10)


@dataclass(frozen=True)
class Outcome:
    """`ranks` has an entry for each unit that was expected, None for one that was not found."""

    ranks: Sequence[int | None]
    refused: bool
    milliseconds: float

    @property
    def rank(self) -> int | None:
        return min((one for one in self.ranks if one is not None), default=None)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Recall and rank over the questions that say what they expect, refusals and times over all."""
    judged = [one for one in outcomes if one.ranks]
    times = sorted(one.milliseconds for one in outcomes)
    return {
        "questions": len(outcomes),
        "judged": len(judged),
        **{f"recall@{depth}": _mean(_recall(one, depth) for one in judged) for depth in DEPTHS},
        "mrr": _mean(1 / one.rank if one.rank else 0.0 for one in judged),
        "refused": sum(one.refused for one in outcomes),
        "p50_ms": _percentile(times, 0.5),
        "p95_ms": _percentile(times, 0.95),
    }


def change(*, before: Mapping[str, Any] | None, refused: bool, rank: int | None, judged: bool) -> str:
    """A question that is refused is answered by nobody, so that counts before the rank."""
    if before is None:
        return "new"
    old = _badness(before["refused"], before["rank"], judged)
    new = _badness(refused, rank, judged)
    return "same" if old == new else "worse" if new > old else "better"


def _badness(refused: bool, rank: int | None, judged: bool) -> tuple[bool, float]:
    return refused, (rank or math.inf) if judged else 0.0


def _recall(one: Outcome, depth: int) -> float:
    return sum(rank is not None and rank <= depth for rank in one.ranks) / len(one.ranks)


def _mean(values: Any) -> float | None:
    known = list(values)
    return round(fmean(known), 4) if known else None


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """The nearest rank: a time that a question really took."""
    return round(ordered[max(math.ceil(share * len(ordered)) - 1, 0)], 3) if ordered else None


__all__ = ["DEPTHS", "Outcome", "change", "figures"]
