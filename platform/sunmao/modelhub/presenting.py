"""What every door shows of models and adapters."""

from __future__ import annotations

from typing import Any

from sunmao.core.actor import Actor
from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.modelhub.models import (
    Adapter,
    AdapterVersion,
    BaseModel,
    BaseState,
    ParityCheck,
    Quantisation,
    VersionState,
)

# What doors that know no tables say of their fields.
BASE_STATES, VERSION_STATES, QUANTISATIONS = BaseState.values, VersionState.values, Quantisation.values


def base(found: BaseModel, *, actor: Actor) -> dict[str, Any]:
    """Where a shared one lies is its owner's business."""
    own = found.organisation_id == actor.organisation_id
    return {
        "id": str(found.pk),
        "name": found.slug,
        "source": found.source if own else "",
        "own": own,
        "shared": found.shared,
        "kept": found.kept,
        "state": found.state,
        "sha256": found.sha256,
        "architecture": found.architecture,
        "parameters": found.parameters,
        "size": found.size,
        "context": found.context,
        "modalities": found.modalities,
        "dtype": found.dtype,
        "quantisation": found.quantisation,
        "has_chat_template": bool(found.chat_template),
        "licence": found.licence,
        "provider": found.provider,
        "filing_number": found.filing_number,
        "job": job_dict(found.job) if own and found.job else None,
        "created_at": found.created_at.isoformat(),
    }


def adapter(found: Adapter) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": found.slug,
        "base_model": found.base.slug,
        "purpose": found.purpose,
        "created_at": found.created_at.isoformat(),
    }


def version(found: AdapterVersion, check: ParityCheck | None = None) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": found.name,
        "adapter": found.adapter.slug,
        "base_model": found.adapter.base.slug,
        "number": found.number,
        "state": found.state,
        "pinned": found.pinned,
        "sha256": found.sha256,
        "base_sha256": found.base_sha256,
        "size": found.size,
        "method": found.method,
        "rank": found.rank,
        "alpha": found.alpha,
        "targets": found.targets,
        "dtype": found.dtype,
        "parameters": found.parameters,
        "licence": found.licence,
        "provenance": found.provenance,
        "provider": found.provider,
        "filing_number": found.filing_number,
        "card": str(found.card),
        "lineage": {
            "dataset_version_id": str(found.dataset_version_id) if found.dataset_version_id else None,
            "run_id": str(found.run_id) if found.run_id else None,
            "parent": found.parent.name if found.parent else None,
            "metrics": found.metrics,
            "seed": found.seed,
            "code_version": found.code_version,
        },
        "parity": parity(check) if check else None,
        "created_at": found.created_at.isoformat(),
    }


def parity(found: ParityCheck) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "state": found.job.state if found.job else "",
        "passed": found.passed,
        "prompts": found.prompts,
        "bounds": found.bounds,
        "forms": found.forms,
        "apart": found.apart,
        "device": found.device,
        "seconds": found.seconds,
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
    }
