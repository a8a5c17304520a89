"""Judges as checks of suites see them (`checks.kind.Referee`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sunmao.core.errors import EngineFailure
from sunmao.evaluation.checks.kind import Answered, Checked
from sunmao.evaluation.judging.asking import Asked, Judging
from sunmao.evaluation.judging.judges import model_of, ready
from sunmao.evaluation.judging.models import Judge
from sunmao.evaluation.judging.selectors import MODE_OF_CHECK, why_not_gating

WORTH = {"first": 1.0, "tie": 0.5, "second": 0.0}


class Judges:
    """Those that the checks of a suite name, made ready once."""

    def __init__(self, slugs: Iterable[str]) -> None:
        """In the organisation's scope. A name of no judge is one that cannot be asked."""
        wanted = self.asked = set(slugs)
        self._judges: dict[str, Judging] = {
            one.slug: ready(one) for one in (Judge.objects.filter(slug__in=wanted) if wanted else ())
        }

    def score(self, answered: Answered, given: Mapping[str, Any]) -> Checked:
        grade = self._found(given["judge"]).grade(_asked(answered, given.get("text", "")), answered.text)
        return Checked(grade.score >= given["at_least"], grade.reasons, float(grade.score))

    def compare(self, answered: Answered, given: Mapping[str, Any]) -> Checked:
        """Against the written answer, else the one of the run before. `strictly`: a tie is not enough."""
        other = given.get("text") or answered.before
        said = self._found(given["judge"]).prefer(_asked(answered), answered.text, other)
        least = 1.0 if given.get("strictly", False) else 0.5
        worth = WORTH[said.choice]
        return Checked(worth >= least, said.reasons, worth)

    def _found(self, slug: str) -> Judging:
        if slug not in self._judges:
            raise EngineFailure(code="unknown_judge", fields={"judge": slug})
        return self._judges[slug]


def _asked(answered: Answered, reference: str = "") -> Asked:
    return Asked(question=answered.question, language=answered.language, reference=reference)


def unfit(checks: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The judges among these checks that may not stand before production, and why. In the organisation's
    scope."""
    named = {
        (check["judge"], MODE_OF_CHECK[check["kind"]]) for check in checks if check["kind"] in MODE_OF_CHECK
    }
    found = []
    for slug, mode in sorted(named):
        judge = Judge.objects.filter(slug=slug).first()
        why = "unknown_judge" if judge is None else why_not_gating(judge, mode, model=model_of(ready(judge)))
        if why:
            found.append({"code": why, "judge": slug})
    return found


__all__ = ["Judges", "unfit"]
