"""A judge held against people: the answers of a closed round, or of a file of labels, judged again by the
model, as a job."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.ids import reference
from sunmao.evaluation.judging import agreement, labels
from sunmao.evaluation.judging.asking import Asked, JudgeUnreadable, Judging
from sunmao.evaluation.judging.counting import majority, said_in
from sunmao.evaluation.judging.judges import model_of, ready
from sunmao.evaluation.judging.labels import Label
from sunmao.evaluation.judging.models import Calibration, Judge, Mode, Round, RoundState
from sunmao.evaluation.judging.selectors import MANAGE_JUDGES, why_not_gating
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.language import language_of

KIND = "judging.calibrate"
LARGEST = 20 * 2**20


@transaction.atomic
def calibrate(*, actor: Actor, judge: Judge, round_: Round) -> Calibration:
    """Have the judge say of every item what people said of it."""
    actor.require(MANAGE_JUDGES)
    if round_.state != RoundState.CLOSED:
        raise Conflict(_("Close the round first: a judge is held against what stands."), code="round_open")
    return _requested(actor, judge, told=round_.title, round=round_)


def calibrate_by_file(*, actor: Actor, judge: Judge, content: bytes) -> Calibration:
    """Against what people said of answers elsewhere. Raises with the number of every line that is wrong. The
    file is kept until it was read; its hash stays."""
    actor.require(MANAGE_JUDGES)
    mode, _labels = labels.read(decode(content).text)
    stored = files.store(organisation_id=actor.organisation_id, chunks=[content], limit=LARGEST)
    with transaction.atomic():
        return _requested(actor, judge, told=stored.sha256, labels=stored.sha256, mode=mode)


def _requested(actor: Actor, judge: Judge, *, told: str, **source: Any) -> Calibration:
    with tenancy.scope(actor.organisation_id):
        judge = Judge.objects.get(pk=judge.pk)
        made = Calibration.objects.create(judge=judge, version=judge.version, **source)
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="judge.calibration_requested", subject=judge, slug=judge.slug, round=told
        )
    return made


def work(lease: Lease) -> dict[str, Any]:
    """The job `judging.calibrate`: its subject is the calibration."""
    with tenancy.scope(lease.organisation_id):
        made = Calibration.objects.select_related("judge", "round").get(pk=reference(lease.subject_id))
        mode, given = _labelled(made)
        criteria = made.round.criteria if made.round else ""
        judging = ready(made.judge)
    found: list[dict[str, Any]] = []
    for number, label in enumerate(given):
        lease.progress(number, len(given))
        found.append(_judged(judging, criteria, label))
    figures = told(mode, found)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        Calibration.objects.filter(pk=made.pk).update(
            figures=figures, model=model_of(judging)[:200], finished_at=Now()
        )
        why = why_not_gating(made.judge, mode)
        audit.record(
            actor=lease.worker, verb="judge.calibrated", subject=made.judge, slug=made.judge.slug,
            kappa=figures["kappa"], items=figures["items"], may_gate=not why,
        )  # fmt: skip
        result = {"calibration": str(made.pk), "kappa": figures["kappa"], "may_gate": not why, "why": why}
        lease.succeed(result)
    return result


def _labelled(made: Calibration) -> tuple[str, list[Label]]:
    """How people judged, and what they said of which answers. In the organisation's scope."""
    if made.round is None:
        content = files.read(organisation_id=made.organisation_id, sha256=made.labels)
        return labels.read(decode(content).text)
    said = said_in(made.round)
    items = made.round.items.select_related("result__case", "other")
    return made.round.mode, [
        Label(
            one.result.case.asked,
            str(one.result.answer),
            tuple(said[one.pk].values()),
            str(one.other.answer) if one.other else None,
        )
        for one in items
        if one.pk in said
    ]


def _judged(judging: Judging, criteria: str, label: Label) -> dict[str, Any]:
    """One answer: what people hold, what the judge says, and how long the answers are."""
    asked = Asked(
        question=label.question, language=language_of(label.question + label.answer), criteria=criteria
    )
    try:
        if label.other is None:
            people = int(sum(label.human) / len(label.human) + 0.5)
            grade = judging.grade(asked, label.answer)
            return {"people": people, "judge": grade.score, "length": len(label.answer)}
        said = judging.prefer(asked, label.answer, label.other)
    except JudgeUnreadable:
        return {"unreadable": True}
    return {
        "people": majority(label.human),
        "judge": labels.CHOICES[said.choice],
        "length": len(label.answer) - len(label.other),
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


__all__ = ["KIND", "calibrate", "calibrate_by_file", "told", "work"]
