"""Ask for a parity check, and the job that does it. Only a version that passes may answer."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.ids import reference
from sunmao.evaluation.parity.comparing import Form, has_passed, told
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.modelhub import keeping, serving
from sunmao.modelhub.errors import BadAdapter, ModelConflict
from sunmao.modelhub.models import AdapterVersion, BaseState, ParityCheck, VersionState
from sunmao.modelhub.selectors import MANAGE

KIND = "evaluation.parity"
CHECKED = (VersionState.CANDIDATE, VersionState.READY, VersionState.REFUSED)


@transaction.atomic
def check(*, actor: Actor, version: AdapterVersion) -> ParityCheck:
    """Queue a check of a version that was not retired."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        if version.state not in CHECKED:
            raise ModelConflict(code="adapter_not_usable", fields={"adapter_version": version.name})
        if version.adapter.base.state == BaseState.FAILED:
            raise ModelConflict(code="model_not_ready", fields={"base_model": version.adapter.base.slug})
        made = ParityCheck.objects.create(version=version)
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(actor=actor, verb="parity.requested", subject=version, name=version.name)
    return made


def work(lease: Lease) -> dict[str, Any]:
    """The job `evaluation.parity`: its subject is the check."""
    from sunmao.evaluation.parity.forms import PROMPTS, compared

    began = time.monotonic()
    with tenancy.scope(lease.organisation_id):
        asked = ParityCheck.objects.select_related("version__adapter__base").get(
            pk=reference(lease.subject_id)
        )
        version = asked.version
        base = version.adapter.base
        source = keeping.source_of(base)
    if keeping.print_of(source) != version.base_print:
        raise BadAdapter(code="adapter_wrong_base", fields={"base_model": base.slug})
    files = serving.files_of(version.name, unchecked=True)
    forms: list[Form] = []
    for form in compared(source, files, quantisation=base.quantisation):
        forms.append(form)
        lease.progress(len(forms), 4)
    return _finish(lease, asked, forms, prompts=len(PROMPTS), seconds=time.monotonic() - began)


def _finish(
    lease: Lease, asked: ParityCheck, forms: list[Form], *, prompts: int, seconds: float
) -> dict[str, Any]:
    passed, apart = has_passed(forms), told(forms)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        ParityCheck.objects.filter(pk=asked.pk).update(
            passed=passed,
            forms=[form.as_json() for form in forms],
            apart=apart,
            bounds={form.name: form.as_json()["bounds"] for form in forms if form.bounds},
            prompts=prompts,
            device=_device(),
            seconds=round(seconds, 3),
            finished_at=Now(),
        )
        checked = AdapterVersion.objects.filter(pk=asked.version_id, state__in=CHECKED)
        checked.update(state=VersionState.READY if passed else VersionState.REFUSED)
        audit.record(
            actor=lease.worker, verb="parity.finished", subject=asked.version, name=asked.version.name,
            passed=passed, apart=len(apart),
        )  # fmt: skip
        result = {"passed": passed, "check": str(asked.pk)}
        lease.succeed(result)
    return result


def _device() -> str:
    import torch

    return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu"


__all__ = ["check", "work"]
