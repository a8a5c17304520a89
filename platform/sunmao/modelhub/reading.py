"""The job that reads a base model's files: what they say, and the hashes that name them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import reference
from sunmao.jobs.lease import Lease
from sunmao.modelhub import keeping
from sunmao.modelhub.errors import BadModel
from sunmao.modelhub.files import folders
from sunmao.modelhub.models import BaseModel, BaseState

MEGABYTE, REPORT = 2**20, 256


def work(lease: Lease) -> dict[str, Any]:
    """The job `modelhub.read_base`: its subject is the base model."""
    return _work(lease, keep=False)


def work_and_keep(lease: Lease) -> dict[str, Any]:
    """The job `modelhub.keep_base`: read it, and take its files into our store."""
    return _work(lease, keep=True)


def _work(lease: Lease, *, keep: bool) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        base = BaseModel.objects.get(pk=reference(lease.subject_id))
    try:
        with ExitStack() as stack:
            folder = keeping.folder_to_read(base, stack)
            found = folders.described(folder)
            sha256, files = _hashed(lease, folder)
            if keep:
                files = _kept(lease, folder, files)
    except SunmaoError:
        with tenancy.scope(lease.organisation_id):
            lease.confirm()
            BaseModel.objects.filter(pk=base.pk).update(state=BaseState.FAILED)
        raise
    result: dict[str, Any] = {
        "sha256": sha256, "parameters": found.parameters, "size": found.weights, "kept": keep,
    }  # fmt: skip
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        BaseModel.objects.filter(pk=base.pk).update(
            state=BaseState.READY,
            kept=keep,
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
        audit.record(
            actor=lease.worker, verb="base_model.read", subject=base, name=base.slug, sha256=sha256, kept=keep
        )
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


def _kept(lease: Lease, folder: Path, read: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Raises `BadModel` when a file became another one between the two readings."""
    total, done = sum(path.stat().st_size for path in folders.needed_files(folder)), 0

    def tell(more: int) -> None:
        nonlocal done
        before, done = done, done + more
        if before // MEGABYTE // REPORT != done // MEGABYTE // REPORT:
            lease.progress(done // MEGABYTE, max(1, total // MEGABYTE))

    kept = keeping.keep(lease.organisation_id, folder, tell)
    changed = [name for name, one in read.items() if one["size"] and kept.get(name) != one]
    if changed:
        raise BadModel(fields=dict.fromkeys(changed, "changed while it was read"))
    return kept
