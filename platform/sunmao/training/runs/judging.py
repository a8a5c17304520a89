"""The organisation's judges, as collections and rewards ask them by name.

What judges prefer waits in a draft for people; what they grade as a reward is learnt at once. So a reward is
held to what the gate asks: a judge that people have confirmed, with the model and the criteria of now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from sunmao.core import tenancy
from sunmao.core.errors import NotFound
from sunmao.evaluation.judging import judges
from sunmao.evaluation.judging.asking import Asked, JudgeUnreadable, Judging
from sunmao.evaluation.judging.debating import debate
from sunmao.evaluation.judging.models import Judge, Mode
from sunmao.evaluation.judging.selectors import why_not_gating
from sunmao.knowledge.text.language import language_of
from sunmao.training.runs.errors import TrainingConflict

Turns = Sequence[Mapping[str, Any]]
SHOWN = 3
"""Reasons that are kept with an example."""


@dataclass(frozen=True)
class Panel:
    """One judge, or a debate of two or three. `unconfirmed` may not stand before production."""

    judges: Sequence[Judging]
    unconfirmed: Sequence[str] = ()

    def prefer(self, prompt: Turns, first: str, second: str) -> tuple[str, dict[str, Any]]:
        """(`first`, `second` or `tie`, what was said). A judge that cannot be read makes it a tie."""
        asked = _asked(prompt)
        try:
            if len(self.judges) > 1:
                said = debate(self.judges, asked, first, second)
                told = said.as_json()
                return said.choice, {**told, "reasons": told["reasons"][:SHOWN]}
            one = self.judges[0].prefer(asked, first, second)
        except JudgeUnreadable as error:
            return "tie", {"error": error.code}
        return one.choice, {"choice": one.choice, "reasons": [one.reasons]}


def named(slugs: Sequence[str]) -> list[Judge]:
    """In their order, in the organisation's scope. Raises `NotFound` with the first name that is nobody's."""
    found = {one.slug: one for one in Judge.objects.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in found:
            raise NotFound(
                _("There is no judge of this name."), code="unknown_judge", fields={"judge": slug[:80]}
            )
    return [found[slug] for slug in slugs]


def panel_of(slugs: Sequence[str], *, organisation_id: UUID) -> Panel:
    """For workers: the judges' engines are loaded."""
    with tenancy.scope(organisation_id):
        found = [(one, judges.ready(one)) for one in named(slugs)]
        unconfirmed = [
            one.slug
            for one, asked in found
            if why_not_gating(one, Mode.PAIRWISE, model=judges.model_of(asked))
        ]
    return Panel([asked for _judge, asked in found], unconfirmed)


def check_rewards(rewards: Sequence[Mapping[str, Any]]) -> None:
    """Before a training is queued, in the organisation's scope. No engine is loaded for it, so whether the
    model is still the one that was confirmed is asked by the worker."""
    for one in rewards:
        if one.get("name") == "judge":
            (judge,) = named([_judge_of(one)])
            _refuse_unconfirmed(judge)


def worth_of(
    reward: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], *, organisation_id: UUID
) -> list[float]:
    """A grade of 1 to 5 as 0 to 1. An answer that the judge did not grade in a form that can be read is worth
    what the others to its question are worth together: from it nothing is learnt."""
    with tenancy.scope(organisation_id):
        (judge,) = named([_judge_of(reward)])
        judging = judges.ready(judge)
        _refuse_unconfirmed(judge, model=judges.model_of(judging))
    found = [_grade(judging, one) for one in answers]
    if answers and not any(one is not None for one in found):
        raise JudgeUnreadable(fields={"judge": judge.slug})
    return [
        _mean(found, answers, like=one) if worth is None else worth
        for worth, one in zip(found, answers, strict=True)
    ]


def _judge_of(reward: Mapping[str, Any]) -> str:
    return str(reward.get("judge", ""))


def _refuse_unconfirmed(judge: Judge, *, model: str = "") -> None:
    if why := why_not_gating(judge, Mode.SCORE, model=model):
        raise TrainingConflict(code="judge_not_confirmed", fields={"judge": judge.slug, "why": why})


def _grade(judging: Judging, answer: Mapping[str, Any]) -> float | None:
    reference = answer.get("answer")
    asked = _asked(answer["prompt"], "" if reference is None else str(reference))
    try:
        said = judging.grade(asked, answer["text"])
    except JudgeUnreadable:
        return None
    return (said.score - 1) / 4


def _mean(
    found: Sequence[float | None], answers: Sequence[Mapping[str, Any]], *, like: Mapping[str, Any]
) -> float:
    group = [
        worth
        for worth, one in zip(found, answers, strict=True)
        if worth is not None and one["prompt"] == like["prompt"]
    ]
    return sum(group) / len(group) if group else 0.0


def _asked(prompt: Turns, reference: str = "") -> Asked:
    """A conversation is shown as a whole, a single question as it is."""
    if len(prompt) == 1:
        text = str(prompt[0]["content"])
    else:
        text = "\n".join(f"{one['role']}: {one['content']}" for one in prompt)
    return Asked(question=text, language=language_of(text), reference=reference)


__all__ = ["Panel", "check_rewards", "named", "panel_of", "worth_of"]
