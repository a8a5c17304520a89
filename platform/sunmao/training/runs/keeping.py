"""What stays of a training: an adapter in the hub with where it comes from, a new base, or its parts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.ids import random_part
from sunmao.evaluation.parity import checking as parity
from sunmao.jobs.lease import Lease
from sunmao.modelhub import adapters, bases
from sunmao.modelhub.files import archives
from sunmao.modelhub.models import AdapterVersion, BaseModel
from sunmao.training.runs import card, forgetting
from sunmao.training.runs.models import State, Training

SHOWN = 160


def finish(lease: Lease, training: Training, said: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Registered, checked for parity, written down: in one transaction, so that all of it is or nothing."""
    result = Path(said["result"]["folder"])
    made_files = _stored(lease, result) if said["result"]["kind"] != "weights" else {}
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        training.before, training.after = said["before"], said["after"]
        training.metric, training.best, training.best_step = said["metric"], said["best"], said["best_step"]
        adapter = _registered(lease, training, said, result) if said["result"]["kind"] == "adapter" else None
        base = _new_base(lease, training, result) if said["result"]["kind"] == "weights" else None
        told = Training.objects.values_list("told", flat=True).get(pk=training.pk)
        Training.objects.filter(pk=training.pk).update(
            state=State.DONE,
            step=said["step"],
            before=said["before"],
            after=said["after"],
            metric=said["metric"],
            best=said["best"],
            best_step=said["best_step"],
            told={**told, "reload_apart": said["reload_apart"]},
            files=made_files,
            adapter_version=adapter,
            made_base=base,
            error_code="",
            finished_at=Now(),
        )
        audit.record(
            actor=lease.worker, verb="training.finished", subject=training, name=training.name,
            metric=said["metric"], best=said["best"], adapter=adapter.name if adapter else "",
        )  # fmt: skip
        outcome = {"adapter_version": adapter.name if adapter else None, "best": said["best"]}
        lease.succeed(outcome)
    shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _registered(lease: Lease, training: Training, said: Mapping[str, Any], result: Path) -> AdapterVersion:
    """A version of the adapter that the training is named after; its parity check is queued with it."""
    config = json.loads((result / archives.CONFIG).read_text(encoding="utf-8"))
    with (result / archives.WEIGHTS).open("rb") as weights:
        version = adapters.register(
            actor=lease.worker,
            name=training.name,
            base=training.base,
            config=config,
            weights=weights,
            lineage=adapters.Lineage(
                dataset_version_id=training.version_id,
                run_id=training.pk,
                metrics={"before": said["before"], "after": said["after"], said["metric"]: said["best"]},
                seed=int(training.plan.get("seed", 0)),
                code_version=training.code_version,
            ),
            told=adapters.Told(
                purpose=training.version.dataset.purpose or training.version.dataset.title,
                licence=training.base.licence,
                provider=training.base.provider,
                filing_number=training.base.filing_number,
                provenance=f"{training.version} · {training.version.sha256}"[:SHOWN],
                card=card.written(training, said),
            ),
        )
    parity.check(actor=lease.worker, version=version)
    if forgetting.is_wanted(training):
        forgetting.request(lease, training)
    return version


def _new_base(lease: Lease, training: Training, result: Path) -> BaseModel:
    """A model whose every weight learnt is a base of its own, in the operator's folder of models."""
    root = Path(settings.SUNMAO_MODELS)
    part = random_part(training.pk)  # other organisations' models lie beside it
    place = f"{training.name[: 79 - len(part)]}-{part}"
    target = root / place
    root.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copytree(result, target)
    return bases.add_base(
        actor=lease.worker,
        name=place,
        source=place,
        told={"licence": training.base.licence, "provider": training.base.provider},
    )


def _stored(lease: Lease, result: Path) -> dict[str, Any]:
    """In the file store, by their hashes: what the hub does not take, and the head of a reward model."""
    kept = {}
    for path in sorted(result.iterdir()):
        if path.name in (archives.CONFIG, archives.WEIGHTS):
            continue
        with path.open("rb") as file:
            one = files.store(
                organisation_id=lease.organisation_id,
                chunks=archives.pieces_of(file),
                limit=settings.SUNMAO_MAX_ADAPTER,
            )
        kept[path.name] = {"sha256": one.sha256, "size": one.size}
    return kept


__all__ = ["finish"]
