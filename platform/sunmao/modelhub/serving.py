"""What an engine needs to answer with an adapter: its name in a release, and its files by that name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from sunmao.accounts.selectors import find_organisation
from sunmao.core import files, tenancy
from sunmao.modelhub.errors import ModelConflict, UnknownModel
from sunmao.modelhub.files import archives
from sunmao.modelhub.models import AdapterVersion, BaseModel, VersionState


@dataclass(frozen=True)
class Served:
    """An adapter version as a release pins it; `model` is what records and labels say."""

    name: str
    model: str
    provider: str
    filing_number: str


@dataclass(frozen=True)
class Files:
    """The plain content of an adapter version, and the base that it is for. `pinned` ones stay loaded."""

    name: str
    config: dict[str, Any]
    weights: bytes
    base_print: str
    pinned: bool


def served(version_id: UUID) -> Served:
    """In the organisation's scope. Raises when the version may not answer."""
    return _served(AdapterVersion.objects.filter(pk=version_id), str(version_id))


def served_as(name: str) -> Served | None:
    """The same by the name that engines use, in the organisation's scope; None for what is no adapter's."""
    named = AdapterVersion.objects.filter(name=name)
    return _served(named, name) if named.exists() else None


def usable() -> list[str]:
    """The names of all versions of the organisation that may answer."""
    ready = AdapterVersion.objects.filter(state=VersionState.READY)
    return list(ready.order_by("adapter__slug", "-number").values_list("name", flat=True))


def _served(found: QuerySet[AdapterVersion], told: str) -> Served:
    version = found.select_related("adapter__base").first()
    if version is None or version.state != VersionState.READY:
        raise ModelConflict(code="adapter_not_usable", fields={"adapter_version": told})
    base = version.adapter.base
    return Served(
        name=version.name,
        model=f"{base.slug}+{version.name}",
        provider=version.provider or base.provider,
        filing_number=version.filing_number or base.filing_number,
    )


def described_base(print_: str) -> Served | None:
    """Of the base model alone that an engine has loaded, in the organisation's scope."""
    base = BaseModel.objects.filter(print=print_).exclude(print="").first()
    return Served("", base.slug, base.provider, base.filing_number) if base else None


def files_of(name: str, *, unchecked: bool = False) -> Files:
    """By the name that engines use. Any thread may ask; the database is given back before the files are read.

    `unchecked` is for the parity check itself. Raises `UnknownModel`, `ModelConflict`, or what reading a
    changed file raises.
    """
    inside = connection.in_atomic_block
    try:
        version = _version(name)
    finally:
        if not inside:
            connection.close()
    if version.state != VersionState.READY and not (unchecked and version.state != VersionState.REMOVED):
        raise ModelConflict(code="adapter_not_usable", fields={"adapter_version": name})
    parts = {
        file: files.read(organisation_id=version.organisation_id, sha256=one["sha256"])
        for file, one in version.files.items()
    }
    return Files(
        name=name,
        config=json.loads(parts[archives.CONFIG]),
        weights=parts[archives.WEIGHTS],
        base_print=version.base_print,
        pinned=version.pinned,
    )


def _version(name: str) -> AdapterVersion:
    organisation = find_organisation(name.rpartition(".v")[0].rpartition(".")[0])
    if organisation is None:
        raise UnknownModel(fields={"adapter": name})
    with tenancy.scope(organisation.pk):
        found = AdapterVersion.objects.filter(name=name).first()
    if found is None:
        raise UnknownModel(fields={"adapter": name})
    return found


__all__ = ["Files", "Served", "described_base", "files_of", "served", "served_as", "usable"]
