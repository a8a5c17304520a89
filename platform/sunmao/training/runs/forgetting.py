"""The job `training.ability`: what the base could do before the training, and can do with the adapter.

It is what the gate measures of an adapter, on the base as it is served, and kept where the gate looks for it.
"""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.ids import reference
from sunmao.evaluation.ability import forgotten
from sunmao.evaluation.gates import adapters
from sunmao.inference.engine import Engine
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job
from sunmao.modelhub import keeping, serving
from sunmao.modelhub.models import AdapterVersion
from sunmao.training.runs import card
from sunmao.training.runs.models import Training

KIND = "training.ability"
MEASURE, SETTING = "general_ability", "ability"


def is_wanted(training: Training) -> bool:
    """Unless the training's settings say otherwise, of every base that can chat."""
    return bool(training.base.chat_template) and bool(training.plan.get(SETTING, True))


def request(lease: Lease, training: Training) -> Job:
    """In the transaction that registers the adapter."""
    return jobs.enqueue(actor=lease.worker, kind=KIND, subject_id=training.pk)


def work(lease: Lease) -> dict[str, Any]:
    """The job's subject is the training."""
    from sunmao.inference.engines.local import loading
    from sunmao.inference.engines.local.engine import TransformersEngine

    with tenancy.scope(lease.organisation_id):
        training = Training.objects.select_related("base", "adapter_version").get(
            pk=reference(lease.subject_id)
        )
        base, source = training.base, keeping.source_of(training.base)
    version = cast(AdapterVersion, training.adapter_version)
    loaded = loading.load(source, quantisation=base.quantisation)
    engine = TransformersEngine(loaded, find=partial(serving.files_of, unchecked=True))
    try:
        check = adapters.checked(lease, cast(Engine, engine), version)
    finally:
        engine.batch.close()
    lost = forgotten(check.before, check.after)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        found = Training.objects.select_for_update(of=("self",)).get(pk=training.pk)
        found.before, found.after = (
            {**found.before, MEASURE: lost.before},
            {**found.after, MEASURE: lost.after},
        )
        found.told = {**found.told, SETTING: {**lost.as_json(), "cases": check.before["cases"]}}
        found.save(update_fields=["before", "after", "told"])
        version.card = card.with_ability(str(version.card), lost)
        version.save(update_fields=["card"])
        audit.record(
            actor=lease.worker, verb="training.ability_measured", subject=found, name=found.name,
            before={MEASURE: lost.before}, after={MEASURE: lost.after},
        )  # fmt: skip
        result = {"before": lost.before, "after": lost.after}
        lease.succeed(result)
    return result


__all__ = ["KIND", "MEASURE", "SETTING", "is_wanted", "request", "work"]
