"""Reads. Whoever may see models sees those of the organisation and the shared ones."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q, QuerySet, Sum

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.ids import parse_id
from sunmao.modelhub.errors import UnknownModel
from sunmao.modelhub.models import Adapter, AdapterVersion, BaseModel, ParityCheck, VersionState

READ, MANAGE, EXPORT = "modelhub.model.read", "modelhub.model.manage", "modelhub.adapter.export"
_VERSION = re.compile(r"(?P<adapter>[\w-]+)\.v(?P<number>\d{1,9})")


def bases_visible_to(actor: Actor) -> QuerySet[BaseModel]:
    return BaseModel.objects.filter(Q(organisation_id=actor.organisation_id) | Q(shared=True))


def resolve_base(*, actor: Actor, reference: object, permission: str = READ) -> BaseModel:
    """By id or by name; of two with one name the organisation's own. To manage one it must be theirs."""
    actor.require(permission)
    found = bases_visible_to(actor)
    if permission == MANAGE:
        found = found.filter(organisation_id=actor.organisation_id)
    key = parse_id(reference)
    named = found.filter(pk=key) if key else found.filter(slug=str(reference))
    bases = sorted(named.select_related("job"), key=lambda one: one.organisation_id != actor.organisation_id)
    if not bases:
        raise UnknownModel(fields={"base_model": str(reference)})
    return bases[0]


def resolve_adapter(*, actor: Actor, reference: object, permission: str = READ) -> Adapter:
    actor.require(permission)
    key, found = parse_id(reference), adapters_visible_to(actor)
    adapter = (found.filter(pk=key) if key else found.filter(slug=str(reference))).first()
    if adapter is None:
        raise UnknownModel(fields={"adapter": str(reference)})
    return adapter


def adapters_visible_to(actor: Actor) -> QuerySet[Adapter]:
    return Adapter.objects.filter(organisation_id=actor.organisation_id).select_related("base")


def versions_visible_to(actor: Actor) -> QuerySet[AdapterVersion]:
    return AdapterVersion.objects.filter(organisation_id=actor.organisation_id).select_related(
        "adapter__base", "parent"
    )


def resolve_version(*, actor: Actor, reference: object, permission: str = READ) -> AdapterVersion:
    """By id, by the name that engines use, or as `adapter.v3`."""
    actor.require(permission)
    found, key, text = versions_visible_to(actor), parse_id(reference), str(reference)
    short = _VERSION.fullmatch(text)
    wanted = Q(pk=key) if key else Q(name=text)
    if short and not key:
        wanted |= Q(adapter__slug=short["adapter"], number=int(short["number"]))
    version = found.filter(wanted).first()
    if version is None:
        raise UnknownModel(fields={"adapter_version": text})
    return version


def last_check(version: AdapterVersion) -> ParityCheck | None:
    return version.parity_checks.select_related("job").first()


def bytes_used() -> int:
    """By the adapters of the organisation in whose scope this runs; removed ones take no room."""
    kept = AdapterVersion.objects.exclude(state=VersionState.REMOVED)
    return int(kept.aggregate(total=Sum("size"))["total"] or 0)


def usage() -> dict[str, Any]:
    """How much room models take; the files of base models belong to the operator and are told apart."""
    kept = AdapterVersion.objects.exclude(state=VersionState.REMOVED)
    by_adapter = kept.order_by().values("adapter__slug").annotate(size=Sum("size"))
    return {
        "adapters": {row["adapter__slug"]: row["size"] for row in by_adapter},
        "adapters_bytes": bytes_used(),
        "base_models": dict(BaseModel.objects.values_list("slug", "size")),
    }


def stored_files() -> set[str]:
    """The hashes of all files that adapter versions and kept base models of the organisation name."""
    adapters = AdapterVersion.objects.exclude(state=VersionState.REMOVED).values_list("files", flat=True)
    own = Q(organisation_id=tenancy.current_organisation_id(), kept=True)
    bases = BaseModel.objects.filter(own).values_list("files", flat=True)
    return {one["sha256"] for files in [*adapters, *bases] for one in files.values()}
