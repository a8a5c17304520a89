"""Two runs of a suite side by side: ROUGE against written answers, the task, people, speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from sunmao.core.errors import InvalidInput
from sunmao.evaluation.checks.likeness import ROUGES
from sunmao.evaluation.models import Result, Run
from sunmao.evaluation.statistics import difference, mean_interval

NAMES = {"rouge_1": "ROUGE-1", "rouge_2": "ROUGE-2", "rouge_l": "ROUGE-L"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """`change` is what was gained, as a share of what was before; the interval is that of after minus before
    over the cases that both tried."""

    name: str
    before: float | None
    after: float | None
    change: float | None
    before_interval: Sequence[float] | None = None
    after_interval: Sequence[float] | None = None
    interval: Sequence[float] | None = None


def table(before: Run, after: Run) -> list[Line]:
    """In the organisation's scope. Raises `InvalidInput` for runs of two suites."""
    if before.suite_id != after.suite_id:
        raise InvalidInput(fields={"with": _("must be another evaluation of the same suite")})
    one, other = _by_case(before), _by_case(after)
    shared = [case for case in one if case in other]
    lines = [_rouge(name, [(one[c], other[c]) for c in shared]) for name in ROUGES]
    passed = [(float(bool(one[c].passed)), float(bool(other[c].passed))) for c in shared]
    speed = [(_speed(one[c]), _speed(other[c])) for c in shared if _speed(one[c]) and _speed(other[c])]
    return [
        *(line for line in lines if line is not None),
        _line(_("Cases that pass"), passed),
        _people(before.figures, after.figures),
        _line(_("Tokens a second"), speed),
    ]


def as_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [asdict(line) for line in lines]


def _by_case(run: Run) -> Mapping[object, Result]:
    tried = run.results.filter(passed__isnull=False).select_related("case")
    return {one.case_id: one for one in tried}


def _rouge(name: str, pairs: Sequence[tuple[Result, Result]]) -> Line | None:
    """Over the cases that have a written answer; None where none has."""
    values = []
    for one, other in pairs:
        texts = [check["text"] for check in one.case.checks if check["kind"] == "similar"]
        if texts:
            values.append(
                (ROUGES[name](str(one.answer), texts[0]), ROUGES[name](str(other.answer), texts[0]))
            )
    return _line(NAMES[name], values) if values else None


def _line(name: str, pairs: Sequence[tuple[float, float]]) -> Line:
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Line(
        name=name,
        before=_mean(before),
        after=_mean(after),
        change=_gain(_mean(before), _mean(after)),
        before_interval=mean_interval(before),
        after_interval=mean_interval(after),
        interval=difference(before, after).interval if pairs else None,
    )


def _people(before: Mapping[str, Any], after: Mapping[str, Any]) -> Line:
    """The mean grade that people gave, where both runs were rated."""
    one, other = (found.get("human", {}).get("score", {}) for found in (before, after))
    return Line(
        name=_("People's grade, 1 to 5"),
        before=one.get("mean"),
        after=other.get("mean"),
        change=_gain(one.get("mean"), other.get("mean")),
        before_interval=one.get("interval"),
        after_interval=other.get("interval"),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _gain(before: float | None, after: float | None) -> float | None:
    return round(after / before - 1, 4) if before and after is not None else None


def _speed(one: Result) -> float:
    return one.tokens / one.seconds if one.seconds > 0 else 0.0


__all__ = ["Line", "as_json", "table"]
