"""A small debate: two or three judges, one round of rebuttal where they differ, then the majority.

Made for collecting preferences, where one judge's habit would become a model's. Whoever does not stand with
more than half is outvoted; without a majority nobody won.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.evaluation.judging.asking import WORDS, Asked, Choice, Judging, Preference

SIZES = (2, 3)


@dataclass(frozen=True)
class Debated:
    """`before` and `after` are what each judge held, before and after it had read the others."""

    choice: Choice
    before: Sequence[Preference]
    after: Sequence[Preference]

    @property
    def unanimous(self) -> bool:
        return len({one.choice for one in self.after}) == 1

    @property
    def rebutted(self) -> bool:
        return self.before is not self.after

    def as_json(self) -> dict[str, Any]:
        return {
            "choice": self.choice,
            "unanimous": self.unanimous,
            "rebutted": self.rebutted,
            "before": [one.choice for one in self.before],
            "after": [one.choice for one in self.after],
            "reasons": [one.reasons for one in self.after],
        }


def debate(judges: Sequence[Judging], asked: Asked, first: str, second: str) -> Debated:
    if len(judges) not in SIZES:
        raise InvalidInput(fields={"judges": _("must be two or three")})
    before = [judge.prefer(asked, first, second) for judge in judges]
    if len({one.choice for one in before}) == 1:
        return Debated(before[0].choice, before, before)
    after = [
        judge.prefer(asked, first, second, others=_others(asked, before, but=place))
        for place, judge in enumerate(judges)
    ]
    return Debated(_majority(after), before, after)


def _others(asked: Asked, held: Sequence[Preference], *, but: int) -> str:
    """What the others held, without saying which place: they saw the answers in both."""
    head = WORDS["zh" if asked.language == "zh" else "en"]["others"]
    return "\n".join([head, *(f"- {one.reasons}" for place, one in enumerate(held) if place != but)])


def _majority(held: Sequence[Preference]) -> Choice:
    ((choice, count),) = Counter(one.choice for one in held).most_common(1)
    return choice if count * 2 > len(held) else "tie"


__all__ = ["Debated", "debate"]
