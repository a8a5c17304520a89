"""What every door shows of heads."""

from __future__ import annotations

from typing import Any

from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.modelhub.heads.models import Head, HeadState, HeadVersion

STATES = HeadState.values


def head(found: Head, versions: list[HeadVersion]) -> dict[str, Any]:
    serving = next((one for one in versions if one.state == HeadState.ACTIVE), None)
    return {
        "id": str(found.pk),
        "name": found.slug,
        "purpose": found.purpose,
        "active": serving.number if serving else None,
        "versions": [version(one) for one in versions],
        "created_at": found.created_at.isoformat(),
    }


def version(found: HeadVersion) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "name": str(found),
        "head": found.head.slug,
        "number": found.number,
        "state": found.state,
        "method": found.method,
        "encoder": found.encoder,
        "encoder_identity": found.encoder_identity,
        "labels": found.labels,
        "threshold": found.threshold,
        "figures": found.figures,
        "curve": found.curve,
        "data_sha256": found.data_sha256,
        "dataset_version_id": str(found.dataset_version_id) if found.dataset_version_id else None,
        "sha256": found.sha256,
        "size": found.size,
        "seed": found.seed,
        "job": job_dict(found.job) if found.job else None,
        "created_at": found.created_at.isoformat(),
        "activated_at": found.activated_at.isoformat() if found.activated_at else None,
    }


__all__ = ["STATES", "head", "version"]
