"""Reads. All of them run inside the actor's tenancy scope."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.evaluation.judging.models import Assignment, Calibration, Item, Judge, Mode, Round, RoundState
from sunmao.evaluation.selectors import READ
from sunmao.jobs.models import JobState

MANAGE_JUDGES, MANAGE, RATE = "judging.judge.manage", "judging.round.manage", "judging.rating.give"
LEAST_ITEMS = 20
"""People's opinions on fewer answers say too little of a judge."""


def judges_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Judge]:
    actor.require(permission)
    return Judge.objects.filter(organisation_id=actor.organisation_id)


def resolve_judge(*, actor: Actor, reference: object, permission: str = READ) -> Judge:
    """By its id or its name."""
    known = judges_visible_to(actor, permission)
    found = known.filter(Q(pk=as_id(reference)) | Q(slug=str(reference)[:80])).first()
    if found is None:
        raise NotFound(code="unknown_judge")
    return found


def rounds_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Round]:
    """Whoever may see evaluations sees all; a rater those that wait for them, and they that name nobody."""
    actor.require(permission)
    found = Round.objects.filter(organisation_id=actor.organisation_id).select_related("run__suite")
    return found.filter(_mine(actor)) if permission == RATE else found


def _mine(actor: Actor) -> Q:
    if actor.id is None:
        return Q(pk__in=())
    anybody = ~Exists(Assignment.objects.filter(round=OuterRef("pk")))
    return Q(anybody) | Q(pk__in=Assignment.objects.filter(rater_id=actor.id).values("round"))


def resolve_round(*, actor: Actor, reference: object, permission: str = READ) -> Round:
    found = rounds_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_rating_round")
    return found


def resolve_item(*, actor: Actor, reference: object, permission: str = RATE) -> Item:
    rounds = rounds_visible_to(actor, permission).values("pk")
    found = Item.objects.select_related("round", "result__case", "other")
    item = found.filter(pk=as_id(reference), round__in=rounds).first()
    if item is None:
        raise NotFound(code="unknown_rating_item")
    return item


def waiting_for(actor: Actor) -> QuerySet[Round]:
    """The open rounds in which the actor may rate."""
    sized = rounds_visible_to(actor, RATE).filter(state=RoundState.OPEN).annotate(size=Count("items"))
    return sized.order_by("created_at", "id")


def calibration_of(judge: Judge, mode: str) -> Calibration | None:
    """The newest of the judge as it is now."""
    done = judge.calibrations.filter(version=judge.version, finished_at__isnull=False)
    return done.filter(Q(round__mode=mode) | Q(mode=mode)).first()


def stored_files() -> set[str]:
    """The files of labels that calibrations have still to read."""
    waiting = Calibration.objects.filter(job__state__in=[JobState.QUEUED, JobState.RUNNING])
    return set(waiting.exclude(labels="").values_list("labels", flat=True))


def why_not_gating(judge: Judge, mode: str, *, model: str = "") -> str:
    """Why the judge may not stand before production; empty when it may. `model` is what answers now."""
    done = calibration_of(judge, mode)
    if done is None:
        return "judge_not_calibrated"
    if model and done.model != model:
        return "judge_model_changed"
    if done.figures.get("items", 0) < LEAST_ITEMS:
        return "judge_too_few_labels"
    kappa = done.figures.get("kappa")
    return "" if kappa is not None and kappa >= judge.bound else "judge_below_bound"


MODE_OF_CHECK = {"judge": Mode.SCORE, "pairwise": Mode.PAIRWISE}

__all__ = [
    "LEAST_ITEMS",
    "MANAGE",
    "MANAGE_JUDGES",
    "MODE_OF_CHECK",
    "RATE",
    "calibration_of",
    "judges_visible_to",
    "resolve_item",
    "resolve_judge",
    "resolve_round",
    "rounds_visible_to",
    "stored_files",
    "waiting_for",
    "why_not_gating",
]
