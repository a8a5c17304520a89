"""Verbs on adapters. What comes in is checked whole before any of it is kept; nothing of it is ever run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import Organisation
from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, TooLong
from sunmao.modelhub import names
from sunmao.modelhub.errors import BadAdapter, ModelConflict
from sunmao.modelhub.files import archives, lora
from sunmao.modelhub.files.safetensors import Header, Malformed, header_of, not_finite
from sunmao.modelhub.models import Adapter, AdapterVersion, BaseModel, BaseState, VersionState
from sunmao.modelhub.selectors import EXPORT, MANAGE, bytes_used, stored_files

LONGEST_HEADER = 4 * 2**20
MOST_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Where a version comes from; the ids are of rows that other apps own."""

    dataset_version_id: UUID | None = None
    run_id: UUID | None = None
    parent: AdapterVersion | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    code_version: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What people say of a version; they become its licence, provenance and label."""

    purpose: str = ""
    licence: str = ""
    provenance: str = ""
    provider: str = ""
    filing_number: str = ""
    card: str = ""

    def fields(self) -> dict[str, str]:
        longest = {"licence": 120, "provenance": 500, "provider": 200, "filing_number": 120, "card": 2**20}
        return {
            name: names.text(getattr(self, name), field=name, longest=most) for name, most in longest.items()
        }


@dataclass(frozen=True)
class Weights:
    """Checked weights: the settings as we write them, and the header of what `file` holds."""

    settings: lora.Settings
    header: Header
    file: BinaryIO

    @property
    def config(self) -> bytes:
        return json.dumps(self.settings.as_json(), sort_keys=True).encode()


def import_archive(
    *,
    actor: Actor,
    name: str,
    base: BaseModel,
    chunks: Iterable[bytes],
    told: Told | None = None,
) -> AdapterVersion:
    """An adapter from outside, as a zip or tar file. It may not answer until its parity check has passed.

    Raises `BadAdapter`, `TooLong`, `StorageFull`; nothing is kept then.
    """
    actor.require(MANAGE)
    names.checked(name)
    with archives.opened(chunks, limit=settings.SUNMAO_MAX_ADAPTER) as archive:
        _check_base(archive.manifest, base)
        weights = checked(archive.config, archive.weights, archive.size, base=base)
        told = told or Told()
        if not told.card:
            told = Told(**{**vars(told), "card": archive.card})
        return _keep(
            actor=actor,
            name=name,
            base=base,
            weights=weights,
            told=told,
            lineage=Lineage(),
            verb="adapter.imported",
        )


def register(
    *,
    actor: Actor,
    name: str,
    base: BaseModel,
    config: Mapping[str, Any],
    weights: BinaryIO,
    lineage: Lineage,
    told: Told | None = None,
) -> AdapterVersion:
    """An adapter that was trained here: the same checks, and where it comes from."""
    actor.require(MANAGE)
    names.checked(name)
    size = weights.seek(0, 2)
    if size > settings.SUNMAO_MAX_ADAPTER:
        raise TooLong(code="file_too_large")
    good = checked(config, weights, size, base=base)
    return _keep(
        actor=actor, name=name, base=base, weights=good, told=told or Told(), lineage=lineage,
        verb="adapter.registered",
    )  # fmt: skip


def checked(config: Any, file: BinaryIO, size: int, *, base: BaseModel) -> Weights:
    """Raises `BadAdapter` with what is wrong and where."""
    if base.state != BaseState.READY:
        raise ModelConflict(code="model_not_ready", fields={"base_model": base.slug})
    found, wrong = lora.settings_of(config)
    if found is None:
        raise BadAdapter(code="adapter_config", fields=_some(wrong))
    try:
        header = header_of(file, size=size, longest=LONGEST_HEADER)
        fit = lora.fit(header.tensors, found, modules=base.modules)
        if fit.wrong:
            raise BadAdapter(fields=_some(fit.wrong))
        if fit.foreign:
            raise BadAdapter(code="adapter_wrong_base", fields=_some(fit.foreign))
        if wild := list(not_finite(file, header)):
            raise BadAdapter(code="adapter_not_finite", fields=_some(dict.fromkeys(wild, "NaN")))
    except Malformed as error:
        raise BadAdapter(fields={archives.WEIGHTS: str(error)}) from error
    return Weights(found, header, file)


def _some(wrong: Mapping[str, str]) -> dict[str, str]:
    return dict(list(wrong.items())[:MOST_TOLD])


def _check_base(manifest: Mapping[str, Any], base: BaseModel) -> None:
    """An archive of ours says which base it was made for, to the last byte."""
    wanted = manifest.get("base_sha256")
    if wanted is not None and wanted != base.sha256:
        raise BadAdapter(code="adapter_wrong_base", fields={"base_sha256": str(wanted)[:64]})


def _keep(
    *, actor: Actor, name: str, base: BaseModel, weights: Weights, told: Told, lineage: Lineage, verb: str
) -> AdapterVersion:
    with tenancy.scope(actor.organisation_id):
        _check_room(weights)
    kept = {
        archives.CONFIG: _stored(actor, [weights.config]),
        archives.WEIGHTS: _stored(actor, archives.pieces_of(weights.file)),
    }
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
        adapter = _adapter(name, base, told)
        number = (adapter.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1
        version = AdapterVersion.objects.create(
            adapter=adapter,
            number=number,
            name=f"{_organisation(actor)}.{adapter.slug}.v{number}",
            files={file: {"sha256": one.sha256, "size": one.size} for file, one in kept.items()},
            sha256=_hash_of(kept),
            size=sum(one.size for one in kept.values()),
            base_sha256=base.sha256,
            base_print=base.print,
            **_facts(weights),
            **told.fields(),
            **{**vars(lineage), "metrics": dict(lineage.metrics)},
        )
        audit.record(
            actor=actor, verb=verb, subject=version, name=version.name, sha256=version.sha256,
            base=base.slug, base_sha256=base.sha256,
        )  # fmt: skip
    return version


def _check_room(weights: Weights) -> None:
    needed = weights.header.data + sum(tensor.end - tensor.start for tensor in weights.header.tensors)
    if bytes_used() + needed > settings.SUNMAO_ADAPTER_ROOM:
        raise TooLong(
            _("The adapters of this organisation fill their room. Remove retired versions first."),
            code="adapter_room",
        )


def _stored(actor: Actor, chunks: Iterable[bytes]) -> files.StoredFile:
    return files.store(
        organisation_id=actor.organisation_id, chunks=chunks, limit=settings.SUNMAO_MAX_ADAPTER
    )


def _adapter(name: str, base: BaseModel, told: Told) -> Adapter:
    """One import at a time per adapter decides its number."""
    made, _created = Adapter.objects.get_or_create(
        slug=name, defaults={"base": base, "purpose": told.purpose[:500]}
    )
    found = Adapter.objects.select_for_update().get(pk=made.pk)
    if found.base_id != base.pk:
        raise InvalidInput(fields={"base_model": _("The adapter is for another base model.")})
    return found


def _organisation(actor: Actor) -> str:
    return Organisation.objects.values_list("slug", flat=True).get(pk=actor.organisation_id)


def _hash_of(kept: Mapping[str, files.StoredFile]) -> str:
    whole = "\n".join(f"{name} {one.sha256}" for name, one in sorted(kept.items()))
    return hashlib.sha256(whole.encode()).hexdigest()


def _facts(weights: Weights) -> dict[str, Any]:
    found, tensors = weights.settings, weights.header.tensors
    return {
        "method": "dora" if found.dora else "lora",
        "rank": found.rank,
        "alpha": found.alpha,
        "targets": list(found.targets),
        "dtype": max((one.dtype for one in tensors), key=[one.dtype for one in tensors].count),
        "parameters": weights.header.numbers,
    }


def export_archive(*, actor: Actor, version: AdapterVersion) -> BinaryIO:
    """One zip file, rewound; the caller closes it. Its manifest says which base it is for."""
    actor.require(EXPORT)
    if version.state == VersionState.REMOVED:
        raise ModelConflict(code="adapter_not_usable", fields={"adapter_version": version.name})
    names_of = {name: one["sha256"] for name, one in version.files.items()}
    organisation_id = version.organisation_id
    with tenancy.scope(actor.organisation_id):
        base = BaseModel.objects.get(adapters=version.adapter_id)
        audit.record(
            actor=actor, verb="adapter.exported", subject=version, name=version.name, sha256=version.sha256
        )
    return archives.packed(
        config=files.read(organisation_id=organisation_id, sha256=names_of[archives.CONFIG]),
        weights=files.stream(organisation_id=organisation_id, sha256=names_of[archives.WEIGHTS]),
        card=str(version.card),
        manifest={
            "format": 1,
            "name": version.name,
            "sha256": version.sha256,
            "base_sha256": version.base_sha256,
            "base_model": base.slug,
            "licence": version.licence,
            "provenance": version.provenance,
            "metrics": version.metrics,
            "seed": version.seed,
            "code_version": version.code_version,
        },
    )


def verify(*, actor: Actor, version: AdapterVersion) -> None:
    """Every byte again, as on the day it came. Raises when a file was changed or damaged."""
    actor.require(MANAGE)
    for one in version.files.values():
        for _piece in files.stream(organisation_id=version.organisation_id, sha256=one["sha256"]):
            pass


@transaction.atomic
def pin(*, actor: Actor, version: AdapterVersion, pinned: bool = True) -> None:
    """A pinned version stays loaded, and cannot be retired by mistake."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        if AdapterVersion.objects.filter(pk=version.pk).exclude(pinned=pinned).update(pinned=pinned):
            verb = "adapter.pinned" if pinned else "adapter.unpinned"
            audit.record(actor=actor, verb=verb, subject=version, name=version.name)


@transaction.atomic
def retire(*, actor: Actor, version: AdapterVersion) -> None:
    """It answers no more; its files stay for those who must show what answered."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        found = AdapterVersion.objects.select_for_update().get(pk=version.pk)
        if found.pinned:
            raise ModelConflict(code="adapter_pinned", fields={"adapter_version": found.name})
        if found.state in (VersionState.RETIRED, VersionState.REMOVED):
            return
        found.state = VersionState.RETIRED
        found.save(update_fields=["state"])
        audit.record(actor=actor, verb="adapter.retired", subject=found, name=found.name)


@transaction.atomic
def remove(*, actor: Actor, version: AdapterVersion) -> None:
    """Give the room of a retired version back. The row stays; the files go after the commit."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        found = AdapterVersion.objects.select_for_update().get(pk=version.pk)
        if found.state == VersionState.REMOVED:
            return
        if found.state not in (VersionState.RETIRED, VersionState.REFUSED):
            raise ModelConflict(_("Retire the version before it is removed."), code="adapter_not_retired")
        found.state = VersionState.REMOVED
        found.save(update_fields=["state"])
        audit.record(actor=actor, verb="adapter.removed", subject=found, name=found.name)
        gone = {one["sha256"] for one in found.files.values()} - stored_files()
        since = time.time()
        transaction.on_commit(lambda: _forget(found.organisation_id, gone, since))


def _forget(organisation_id: UUID, gone: set[str], since: float) -> None:
    """A file that another app names too is of the same content, which no document or picture ever is."""
    for name in gone:
        files.remove(organisation_id=organisation_id, sha256=name, unless_touched_since=since)


__all__ = [
    "Lineage", "Told", "Weights", "checked", "export_archive", "import_archive", "pin", "register", "remove",
    "retire", "verify",
]  # fmt: skip
