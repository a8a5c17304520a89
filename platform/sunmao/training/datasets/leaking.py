"""The same question on both sides of a measurement: between the parts of a set, and against what releases and
bases are measured with.

Compared is what somebody asks, not the whole example: another answer to the same question is a leak too.
Against suites all that is trained on or chosen by (training and validation) is looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, NotFound
from sunmao.core.vertical import find_task
from sunmao.evaluation.models import Suite
from sunmao.evaluation.selectors import cases_at
from sunmao.knowledge.trials.models import Case as TrialCase
from sunmao.training.datasets.content import asked, plain
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.models import Row, Version
from sunmao.training.datasets.twins import Near

MOST_TOLD = 200
LIKE = 0.7
"""Lower than for twins: a question with one word exchanged is a second example and still a leak."""
_ORDER = (Part.TRAIN, Part.VALIDATION, Part.TEST)


@dataclass(frozen=True, kw_only=True)
class Leak:
    """`row` repeats `other`: an example of another part, or a case of what releases are measured with."""

    row: UUID
    group: str
    where: str
    other: UUID
    other_group: str = ""
    exact: bool

    def as_dict(self) -> dict[str, Any]:
        return {"row": str(self.row), "where": self.where, "other": str(self.other), "exact": self.exact}


@dataclass(frozen=True, kw_only=True)
class Question:
    id: UUID
    text: str
    where: str
    group: str = ""


class _Index:
    """Questions by their words: exactly, then nearly."""

    def __init__(self, questions: Iterable[Question], near: float) -> None:
        self._known: list[Question] = []
        self._exact: dict[str, Question] = {}
        self._near = Near(near)
        for one in questions:
            self._exact.setdefault(plain(one.text), one)
            self._near.add(len(self._known), one.text)
            self._known.append(one)

    def __bool__(self) -> bool:
        return bool(self._known)

    def like(self, text: str) -> tuple[Question, bool] | None:
        if same := self._exact.get(plain(text)):
            return same, True
        found = self._near.like(text)
        return (self._known[found[0]], False) if found else None


def questions_of(kind: Kind, rows: Iterable[Row]) -> dict[str, list[Question]]:
    """What is asked in a version, by part."""
    found: defaultdict[str, list[Question]] = defaultdict(list)
    for row in rows:
        for text in asked(kind, row.data):
            found[row.part].append(Question(id=row.pk, text=text, where=row.part, group=row.group))
    return found


def suite_questions() -> Iterator[Question]:
    """What releases and bases of this organisation are measured with, as they are now."""
    for suite in Suite.objects.all():
        name = _screened(suite)
        for case in cases_at(suite, suite.version):
            text = case.data.get(name)
            if isinstance(text, str) and text.strip():
                yield Question(id=case.pk, text=text, where=f"suite:{suite.slug}")
    for trial in TrialCase.objects.select_related("base"):
        yield Question(id=trial.pk, text=str(trial.question), where=f"base:{trial.base.slug}")


def _screened(suite: Suite) -> str:
    try:
        _vertical, task = find_task(suite.task_name)
    except NotFound:
        return "question"
    return task.screened


def measured_with() -> dict[str, int]:
    """Whether it was looked for in the same suites as there are now."""
    found = {f"suite:{slug}": version for slug, version in Suite.objects.values_list("slug", "version")}
    return {**found, "trial_cases": TrialCase.objects.count()}


def between_parts(by_part: dict[str, list[Question]], near: float = LIKE) -> Iterator[Leak]:
    """A validation or test question that stands in an earlier part as well; each example is told once."""
    before: list[Question] = []
    for part in _ORDER:
        own = by_part.get(part, [])
        yield from _once(_leaks(own, _Index(before, near)))
        before = [*before, *own]


def against_suites(
    by_part: dict[str, list[Question]], suites: Sequence[Question], near: float = LIKE
) -> Iterator[Leak]:
    index = _Index(suites, near)
    for part in (Part.TRAIN, Part.VALIDATION):
        yield from _once(_leaks(by_part.get(part, []), index))


def _leaks(questions: Iterable[Question], index: _Index) -> Iterator[Leak]:
    for one in questions if index else ():
        if found := index.like(one.text):
            other, exact = found
            yield Leak(
                row=one.id,
                group=one.group,
                where=other.where,
                other=other.id,
                other_group=other.group,
                exact=exact,
            )


def _once(leaks: Iterable[Leak]) -> Iterator[Leak]:
    seen: set[UUID] = set()
    for leak in leaks:
        if leak.row not in seen:
            seen.add(leak.row)
            yield leak


def figures(leaks: Sequence[Leak], *, sealed: str, near: float) -> dict[str, Any]:
    """What is kept of a search; `seal` and `measured` say of what it is true."""
    places = Counter(leak.where for leak in leaks)
    between = sum(count for where, count in places.items() if where in Part.values)
    return {
        "seal": sealed,
        "measured": measured_with(),
        "near": near,
        "parts": between,
        "suites": len(leaks) - between,
        "exact": sum(leak.exact for leak in leaks),
        "places": dict(sorted(places.items())),
        "pairs": [leak.as_dict() for leak in leaks[:MOST_TOLD]],
    }


def refuse_leaks(version: Version, sealed: str) -> None:
    """A version that is frozen was searched as it is, against the suites as they are, without a find."""
    known = version.figures.get("leaks")
    if not known or known["seal"] != sealed or known["measured"] != measured_with():
        raise Conflict(
            _("Leaks were not looked for since the last change of the examples or of a suite."),
            code="unchecked_leaks",
        )
    if known["parts"] or known["suites"]:
        raise Conflict(
            _("Examples stand on both sides of a measurement. Join or remove them first."), code="leaks_found"
        )


__all__ = [
    "Leak", "Question", "against_suites", "between_parts", "figures", "measured_with", "questions_of",
    "refuse_leaks", "suite_questions",
]  # fmt: skip
