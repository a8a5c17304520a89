"""A judge held against people: the answers of a closed round, judged again by the model, as a job."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.ids import reference
from sunmao.evaluation.judging import agreement
from sunmao.evaluation.judging.asking import Asked, JudgeUnreadable, Judging
from sunmao.evaluation.judging.counting import majority, said_in
from sunmao.evaluation.judging.judges import model_of, ready
from sunmao.evaluation.judging.models import Calibration, Item, Judge, Mode, Round, RoundState
from sunmao.evaluation.judging.selectors import MANAGE_JUDGES, why_not_gating
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge.text.language import language_of

KIND = "judging.calibrate"
CHOICES = {"first": 1, "tie": 0, "second": -1}


@transaction.atomic
def calibrate(*, actor: Actor, judge: Judge, round_: Round) -> Calibration:
    """Have the judge say of every item what people said of it."""
    actor.require(MANAGE_JUDGES)
    with tenancy.scope(actor.organisation_id):
        judge = Judge.objects.get(pk=judge.pk)
        if round_.state != RoundState.CLOSED:
            raise Conflict(
                _("Close the round first: a judge is held against what stands."), code="round_open"
            )
        made = Calibration.objects.create(judge=judge, version=judge.version, round=round_)
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="judge.calibration_requested", subject=judge, slug=judge.slug,
            round=round_.title,
        )  # fmt: skip
    return made


def work(lease: Lease) -> dict[str, Any]:
    """The job `judging.calibrate`: its subject is the calibration."""
    with tenancy.scope(lease.organisation_id):
        made = Calibration.objects.select_related("judge", "round").get(pk=reference(lease.subject_id))
        said = said_in(made.round)
        items = [
            one for one in made.round.items.select_related("result__case", "other", "round") if one.pk in said
        ]
        judging = ready(made.judge)
    found: list[dict[str, Any]] = []
    for number, item in enumerate(items):
        lease.progress(number, len(items))
        human = list(said[item.pk].values())
        found.append(_judged(judging, made.round, item, human))
    figures = told(made.round.mode, found)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        Calibration.objects.filter(pk=made.pk).update(
            figures=figures, model=model_of(judging)[:200], finished_at=Now()
        )
        why = why_not_gating(made.judge, made.round.mode)
        audit.record(
            actor=lease.worker, verb="judge.calibrated", subject=made.judge, slug=made.judge.slug,
            kappa=figures["kappa"], items=figures["items"], may_gate=not why,
        )  # fmt: skip
        result = {"calibration": str(made.pk), "kappa": figures["kappa"], "may_gate": not why, "why": why}
        lease.succeed(result)
    return result


def _judged(judging: Judging, round_: Round, item: Item, human: list[int]) -> dict[str, Any]:
    """One item: what people hold, what the judge says, and how long the answers are."""
    question, answer = item.result.case.asked, str(item.result.answer)
    asked = Asked(question=question, language=language_of(question + answer), criteria=round_.criteria)
    try:
        if round_.mode == Mode.SCORE:
            people = int(sum(human) / len(human) + 0.5)
            grade = judging.grade(asked, answer)
            return {"people": people, "judge": grade.score, "length": len(answer)}
        assert item.other is not None  # noqa: S101  a pairwise round has two
        other = str(item.other.answer)
        said = judging.prefer(asked, answer, other)
    except JudgeUnreadable:
        return {"unreadable": True}
    return {
        "people": majority(human),
        "judge": CHOICES[said.choice],
        "length": len(answer) - len(other),
        "forward": said.forward,
        "backward": said.backward,
    }


def told(mode: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Agreement with people; and the two habits that judges are known for: `position`, how often the order
    decided and which place it favoured, and `length`, how far longer answers are liked more, by the judge
    and by people."""
    read = [one for one in found if "judge" in one]
    pairs = [(one["people"], one["judge"]) for one in read]
    figures = agreement.told(pairs, level="nominal" if mode == Mode.PAIRWISE else "interval")
    figures["unreadable"] = len(found) - len(read)
    figures["length"] = {
        who: agreement.correlation([(float(one["length"]), float(one[who])) for one in read])
        for who in ("judge", "people")
    }
    if mode == Mode.PAIRWISE:
        figures["position"] = _position(read)
    else:
        apart = [one["judge"] - one["people"] for one in read]
        figures["leniency"] = round(sum(apart) / len(apart), 4) if apart else None
    return figures


def _position(read: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the pairs where the order decided: how often the upper place won in both orders."""
    swayed = [one for one in read if one["forward"] != one["backward"]]
    upper = sum(one["forward"] == "first" and one["backward"] == "second" for one in swayed)
    lower = sum(one["forward"] == "second" and one["backward"] == "first" for one in swayed)
    return {
        "swayed": round(len(swayed) / len(read), 4) if read else None,
        "upper": upper,
        "lower": lower,
    }


__all__ = ["KIND", "calibrate", "told", "work"]
