"""The job that reads a base model's files: what they say, and the hashes that name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import reference
from sunmao.jobs.lease import Lease
from sunmao.modelhub.files import folders
from sunmao.modelhub.models import BaseModel, BaseState

MEGABYTE, REPORT = 2**20, 256


def work(lease: Lease) -> dict[str, Any]:
    """The job `modelhub.read_base`: its subject is the base model."""
    with tenancy.scope(lease.organisation_id):
        base = BaseModel.objects.get(pk=reference(lease.subject_id))
    try:
        folder = folders.folder_of(base.source)
        found = folders.described(folder)
        sha256, files = _hashed(lease, folder)
    except SunmaoError:
        with tenancy.scope(lease.organisation_id):
            lease.confirm()
            BaseModel.objects.filter(pk=base.pk).update(state=BaseState.FAILED)
        raise
    result: dict[str, Any] = {"sha256": sha256, "parameters": found.parameters, "size": found.weights}
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        BaseModel.objects.filter(pk=base.pk).update(
            state=BaseState.READY,
            sha256=sha256,
            files=files,
            print=found.print,
            architecture=found.architecture,
            context=found.context,
            modalities=list(found.modalities),
            chat_template=found.chat_template,
            dtype=found.dtype,
            parameters=found.parameters,
            size=sum(one["size"] for one in files.values()),
            modules=found.modules,
        )
        audit.record(actor=lease.worker, verb="base_model.read", subject=base, name=base.slug, sha256=sha256)
        lease.succeed(result)
    return result


def _hashed(lease: Lease, folder: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    said = -1

    def tell(done: int, total: int) -> None:
        nonlocal said
        if (step := done // MEGABYTE // REPORT) != said:
            said = step
            lease.progress(done // MEGABYTE, max(1, total // MEGABYTE))

    return folders.hashed(folder, tell)
