"""Exports: a finished training as files for other places, each form measured against the merged one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, StorageFull, SunmaoError
from sunmao.core.ids import random_part, reference
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.modelhub import keeping, serving
from sunmao.modelhub.models import AdapterVersion
from sunmao.training.datasets.examples import Part
from sunmao.training.datasets.selectors import examples
from sunmao.training.runs.errors import TrainingConflict, TrainingFailed
from sunmao.training.runs.models import Export, Form, State, Training
from sunmao.training.runs.selectors import START
from sunmao.training.runs.trainer.problems import problem_of

KIND = "training.export"
MEASURED = 50
LARGEST_SHARE = 0.9


@transaction.atomic
def export(*, actor: Actor, training: Training, form: str, heads: float = 0.0, units: float = 0.25) -> Export:
    """Queue an export. `heads` and `units` are the shares that pruning leaves out."""
    actor.require(START)
    if form not in Form.values:
        raise InvalidInput(fields={"form": _("must be one of the choices")})
    for name, share in (("heads", heads), ("units", units)):
        if not 0.0 <= share <= LARGEST_SHARE:
            raise InvalidInput(fields={name: _("is outside its bounds")})
    if training.state != State.DONE or training.adapter_version is None:
        raise TrainingConflict(code="training_without_result")
    with tenancy.scope(actor.organisation_id):
        given = {"heads": heads, "units": units} if form == Form.PRUNED else {}
        made = Export.objects.create(training=training, form=form, settings=given)
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="training.export_requested", subject=training, name=training.name, form=form
        )
    return made


def work(lease: Lease) -> dict[str, Any]:
    """The job's subject is the export."""
    with tenancy.scope(lease.organisation_id):
        asked = Export.objects.select_related(
            "training__base", "training__adapter_version", "training__version__dataset"
        ).get(pk=reference(lease.subject_id))
        version = asked.training.version
        part = Part.TEST if _has(version, Part.TEST) else Part.VALIDATION
        data = [one.data for one in islice(examples(version, part), MEASURED)]
    target = Path(settings.SUNMAO_MODELS) / f"{asked.training.name}-{asked.form}-{random_part(asked.pk)}"
    rest = target.with_name(f".{target.name}")
    try:
        figures = _made(lease, asked, target, rest, data)
    except SunmaoError as error:
        _fail(lease, asked, error)
        raise
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        told = StorageFull() if problem.code == "training_disk_full" else TrainingFailed(code=problem.code)
        _fail(lease, asked, told)
        raise told from error
    finally:
        shutil.rmtree(rest, ignore_errors=True)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        Export.objects.filter(pk=asked.pk).update(
            state=State.DONE, figures=figures, place=target.name, finished_at=Now()
        )
        audit.record(
            actor=lease.worker, verb="training.export_finished", subject=asked.training,
            name=asked.training.name, form=asked.form, place=target.name,
        )  # fmt: skip
        lease.succeed(figures)
    return figures


def _has(version: Any, part: Part) -> bool:
    return next(iter(examples(version, part)), None) is not None


def _made(
    lease: Lease, asked: Export, target: Path, rest: Path, data: list[Mapping[str, Any]]
) -> dict[str, Any]:
    from sunmao.evaluation.parity.forms import PROMPTS
    from sunmao.training.runs.trainer import forms

    adapter = cast(AdapterVersion, asked.training.adapter_version)
    found = serving.files_of(adapter.name, unchecked=True)
    with tenancy.scope(lease.organisation_id):
        source = keeping.source_of(asked.training.base)
    shutil.rmtree(rest, ignore_errors=True)
    whole, other = rest / "merged", rest / "other"
    whole.mkdir(parents=True, mode=0o700)
    forms.merged(source, found.config, found.weights, whole)
    lease.progress(1, 4)
    reference_, said = forms.measured(whole, data, prompts=PROMPTS)
    lease.progress(2, 4)
    if asked.form == Form.MERGED:
        _put(whole, target)
        return {"merged": reference_}
    more: dict[str, Any] = {}
    if asked.form == Form.PRUNED:
        more = forms.pruned(whole, other, **asked.settings)
    else:
        forms.quantised(whole, asked.form, other)
    lease.progress(3, 4)
    figures, _said = forms.measured(other, data, prompts=PROMPTS, first=said)
    _put(other, target)
    return {"merged": reference_, asked.form: {**figures, **more}}


def _put(made: Path, target: Path) -> None:
    """Its name appears when all of it is there."""
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)


def _fail(lease: Lease, asked: Export, error: SunmaoError) -> None:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        Export.objects.filter(pk=asked.pk).update(
            state=State.FAILED, error_code=error.code, finished_at=Now()
        )


__all__ = ["KIND", "export", "work"]
