"""What the ratings of a round amount to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any
from uuid import UUID

from sunmao.evaluation.judging.agreement import Level, alpha, kappa
from sunmao.evaluation.judging.models import Item, Mode, Rating, Round
from sunmao.evaluation.judging.sheets import is_swapped
from sunmao.evaluation.statistics import Interval, interval, mean_interval

Said = Mapping[UUID, Mapping[UUID, int]]


def said_in(round_: Round) -> dict[UUID, dict[UUID, int]]:
    """Item → rater → value."""
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for item, rater, value in Rating.objects.filter(item__round=round_).values_list(
        "item_id", "rater_id", "value"
    ):
        found[item][rater] = value
    return dict(found)


def figures_of(round_: Round) -> dict[str, Any]:
    """In the organisation's scope. `mean` is that of the grades, or the share of the pairs that the first
    run won, a tie counting half."""
    said = said_in(round_)
    level: Level = "nominal" if round_.mode == Mode.PAIRWISE else "interval"
    items = list(round_.items.select_related("result__case"))
    raters = {rater for by_rater in said.values() for rater in by_rater}
    opinions = {
        item.pk: opinion(round_.mode, list(said[item.pk].values())) for item in items if item.pk in said
    }
    values = list(opinions.values())
    return {
        "items": len(opinions),
        "of": len(items),
        "raters": len(raters),
        "ratings": sum(len(one) for one in said.values()),
        "mean": round(sum(values) / len(values), 4) if values else None,
        "interval": _interval(values),
        "alpha": alpha([list(one.values()) for one in said.values()], level=level),
        "kappa": _mean_kappa(said, raters, level),
        "slices": _slices(items, opinions),
        **(_pairwise(round_, said) if round_.mode == Mode.PAIRWISE else _grades(said)),
    }


def _interval(values: Sequence[float]) -> Interval | None:
    """Pairs that were all won, or lost, are a rate like any other."""
    if set(values) <= {0.0, 1.0}:
        return interval([bool(value) for value in values])
    return mean_interval(values)


def opinion(mode: str, values: Sequence[int]) -> float:
    """What the raters of an item hold together: the mean grade; or 1, 0.5, 0 by majority."""
    if mode == Mode.SCORE:
        return sum(values) / len(values)
    return (majority(values) + 1) / 2


def majority(values: Sequence[int]) -> int:
    total = sum(values)
    return (total > 0) - (total < 0)


def _grades(said: Said) -> dict[str, Any]:
    counts = Counter(value for one in said.values() for value in one.values())
    return {"grades": {str(grade): counts[grade] for grade in range(1, 6)}}


def _pairwise(round_: Round, said: Said) -> dict[str, Any]:
    won = Counter(majority(list(one.values())) for one in said.values())
    decided = [
        (value > 0) != is_swapped(round_, rater, item)
        for item, one in said.items()
        for rater, value in one.items()
        if value
    ]
    return {
        "wins": won[1],
        "ties": won[0],
        "losses": won[-1],
        # the share of decided ratings that went to what stood first: far from a half, the place decided
        "first_place": round(sum(decided) / len(decided), 4) if decided else None,
    }


def _mean_kappa(said: Said, raters: set[UUID], level: Level) -> float | None:
    """Cohen's, over all pairs of raters with items in common."""
    found = []
    for one, two in combinations(sorted(raters), 2):
        pairs = [(by[one], by[two]) for by in said.values() if one in by and two in by]
        told = kappa(pairs, level=level)
        if told is not None:
            found.append(told)
    return round(sum(found) / len(found), 4) if found else None


def _slices(items: Sequence[Item], opinions: Mapping[UUID, float]) -> dict[str, Any]:
    found: dict[str, list[float]] = defaultdict(list)
    for item in items:
        for name in item.result.case.slices:
            if item.pk in opinions:
                found[name].append(opinions[item.pk])
    return {
        name: {
            "items": len(some),
            "mean": round(sum(some) / len(some), 4),
            "interval": _interval(some),
        }
        for name, some in sorted(found.items())
    }


__all__ = ["figures_of", "majority", "opinion", "said_in"]
