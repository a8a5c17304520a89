"""Verbs on trainings: look what would be done, start, cancel, resume, note what people think of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psutil
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao import __version__
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.jobs import services as jobs
from sunmao.modelhub import names
from sunmao.modelhub.models import BaseModel, BaseState
from sunmao.training.datasets.examples import Part
from sunmao.training.datasets.models import Version, VersionState
from sunmao.training.datasets.selectors import examples, rows_of
from sunmao.training.runs import checking, defaults, judging
from sunmao.training.runs.errors import TrainingConflict
from sunmao.training.runs.models import State, Sweep, Training
from sunmao.training.runs.selectors import CANCEL, START
from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.plan import Plan

KIND = "training.run"
LOOKED_AT = 300
HIGHEST_REPLAY = 0.9
NEVER = ("source", "folder", "device", "memory_limit", "objective")
"""Of a plan: decided where it is worked on, or not a setting."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A training that somebody asks for. `general` are examples that must not be forgotten: they are measured
    before and after, and a share of `replay` of what is learnt is of them."""

    name: str
    base: BaseModel
    version: Version
    objective: str = "sft"
    settings: Mapping[str, Any] | None = None
    general: Version | None = None
    replay: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Proposal:
    plan: Plan
    reasons: list[defaults.Reason]
    estimate: defaults.Estimate


def propose(*, actor: Actor, wanted: Wanted) -> Proposal:
    """What a training would be set to, why, and how much memory it would need. Changes nothing, and refuses
    what the start would refuse; whether the memory suffices, it says."""
    actor.require(START)
    names.checked(wanted.name)
    _check(wanted)
    given = checking.settings_of(wanted.settings or {}, objective=wanted.objective)
    checking.refuse_unfit(given, shapes=wanted.base.modules, context=wanted.base.context)
    with tenancy.scope(actor.organisation_id):
        facts = _facts(wanted)
    if not facts.examples:
        raise TrainingConflict(code="training_no_examples", fields={"version": str(wanted.version)})
    plan, reasons = defaults.chosen(facts, objective=wanted.objective, given=given)
    return Proposal(plan=plan, reasons=reasons, estimate=defaults.estimate(plan, facts))


def start(*, actor: Actor, wanted: Wanted, sweep: Sweep | None = None) -> Training:
    """Queue a training. Raises `TrainingConflict` for what cannot be learnt or cannot fit."""
    proposal = propose(actor=actor, wanted=wanted)
    if not proposal.estimate.fits:
        told = proposal.estimate
        raise TrainingConflict(
            code="training_too_big",
            fields={"needed": f"{told.total / 2**30:.1f} GiB", "there": f"{told.memory / 2**30:.1f} GiB"},
        )
    plan = {name: value for name, value in proposal.plan.as_json().items() if name not in NEVER}
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
        judging.check_rewards(plan["rewards"])
        made = Training.objects.create(
            name=wanted.name,
            base=wanted.base,
            version=wanted.version,
            general=wanted.general,
            replay=wanted.replay,
            recipe=proposal.plan.recipe,
            objective=wanted.objective,
            plan=plan,
            reasons=[one.as_json() for one in proposal.reasons],
            estimate=proposal.estimate.as_json(),
            sweep=sweep,
            code_version=__version__,
            made_by=actor.id,
        )
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="training.requested", subject=made, name=made.name, recipe=made.recipe,
            objective=made.objective, dataset_version=str(made.version_id), base=wanted.base.slug,
        )  # fmt: skip
    return made


def cancel(*, actor: Actor, training: Training) -> Training:
    """It stops at its next step and keeps its last checkpoint, from which it can go on."""
    actor.require(CANCEL)
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
        found = Training.objects.select_for_update(of=("self",)).get(pk=training.pk)
        if found.shown_state not in (State.WAITING, State.RUNNING):
            raise TrainingConflict(code="training_ended")
        if found.job is not None:
            jobs.supersede(job=found.job)
        found.state = State.STOPPED
        found.save(update_fields=["state"])
        audit.record(actor=actor, verb="training.cancelled", subject=found, name=found.name, step=found.step)
    return found


def resume(*, actor: Actor, training: Training) -> Training:
    """Go on from the last checkpoint, or from the beginning where there is none."""
    actor.require(START)
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
        found = Training.objects.select_for_update(of=("self",)).get(pk=training.pk)
        if found.shown_state not in (State.STOPPED, State.FAILED):
            raise TrainingConflict(code="training_not_resumable")
        if found.job is not None and not found.job.has_ended:
            raise TrainingConflict(code="training_not_resumable")
        found.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=found.pk)
        found.state, found.error_code, found.finished_at = State.WAITING, "", None
        found.save(update_fields=["job", "state", "error_code", "finished_at"])
        audit.record(
            actor=actor, verb="training.resumed", subject=found, name=found.name, step=found.checkpoint or 0
        )
    return found


@transaction.atomic
def note_human_score(*, actor: Actor, training: Training, before: float, after: float) -> None:
    """What people gave to answers of the base and of the adapter, 1 to 5, beside the measured figures."""
    actor.require(START)
    for name, value in (("before", before), ("after", after)):
        if not 1.0 <= value <= 5.0:
            raise InvalidInput(fields={name: _("is outside its bounds")})
    with tenancy.scope(actor.organisation_id):
        Training.objects.filter(pk=training.pk).update(human={"before": before, "after": after})
        audit.record(
            actor=actor, verb="training.rated", subject=training, score_before=before, score_after=after
        )


def _check(wanted: Wanted) -> None:
    if wanted.objective not in objectives():
        raise InvalidInput(fields={"objective": _("there is no such objective")})
    if wanted.base.state != BaseState.READY:
        raise TrainingConflict(code="model_not_ready", fields={"base_model": wanted.base.slug})
    if not 0.0 <= wanted.replay <= HIGHEST_REPLAY:
        raise InvalidInput(fields={"replay": _("is outside its bounds")})
    if wanted.replay and (wanted.general is None or objectives()[wanted.objective].kind != "chat"):
        raise InvalidInput(fields={"replay": _("needs general examples, and an objective that reads them")})
    kinds = [(wanted.version, objectives()[wanted.objective].kind)]
    if wanted.general is not None:
        kinds.append((wanted.general, "chat"))
    for version, kind in kinds:
        if version.state != VersionState.APPROVED:
            raise TrainingConflict(code="dataset_not_approved", fields={"version": str(version)})
        if version.dataset.kind != kind:
            raise TrainingConflict(code="dataset_wrong_kind", fields={"version": str(version)})


def _facts(wanted: Wanted) -> defaults.Facts:
    base = wanted.base
    looked_at = islice(examples(wanted.version, Part.TRAIN), LOOKED_AT)
    longest = max((_characters(one.data) for one in looked_at), default=0)
    return defaults.Facts(
        parameters=base.parameters,
        shapes=base.modules,
        context=base.context,
        examples=rows_of(wanted.version).filter(part=Part.TRAIN).count(),
        characters=longest,
        memory=memory(),
        on_gpu=settings.SUNMAO_TRAINING_ON_GPU,
        quantised=base.quantisation == "nf4",
    )


def memory() -> int:
    """Bytes that a training may take: what the operator says, or what this machine has."""
    told: int = settings.SUNMAO_TRAINING_MEMORY
    return told or int(psutil.virtual_memory().total)


def _characters(data: Mapping[str, Any]) -> int:
    """Of an example's texts; its names and marks add what a template would."""
    return len(json.dumps(data, ensure_ascii=False))


__all__ = [
    "KIND", "Proposal", "Wanted", "cancel", "note_human_score", "propose", "resume", "start",
]  # fmt: skip
