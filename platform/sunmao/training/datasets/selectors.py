"""Reading data sets. All of it runs inside the actor's tenancy scope."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.training.datasets.examples import Example, Kind, Part
from sunmao.training.datasets.models import DataSet, Row, Step, Version, VersionState

_NUMBERED = re.compile(r"(?P<slug>.+)(?:@|\.v)(?P<number>[0-9]{1,8})")

READ, EDIT = "datasets.set.read", "datasets.set.edit"
ANNOTATE, APPROVE = "datasets.set.annotate", "datasets.set.approve"


def datasets_visible_to(actor: Actor, permission: str = READ) -> QuerySet[DataSet]:
    """With the newest number, its state, and the number of the approved one."""
    actor.require(permission)
    versions = Version.objects.filter(dataset=OuterRef("pk")).order_by("-number")
    approved = versions.filter(state=VersionState.APPROVED)
    return DataSet.objects.filter(organisation_id=actor.organisation_id).annotate(
        newest=Subquery(versions.values("number")[:1]),
        newest_state=Subquery(versions.values("state")[:1]),
        approved=Subquery(approved.values("number")[:1]),
        size=Count("rows", filter=Q(rows__died__isnull=True)),
    )


def resolve_dataset(*, actor: Actor, reference: object, permission: str = READ) -> DataSet:
    """By its id or its slug."""
    known = datasets_visible_to(actor, permission)
    found = known.filter(Q(pk=as_id(reference)) | Q(slug=str(reference))).first()
    if found is None:
        raise NotFound(code="unknown_dataset")
    return found


def versions_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Version]:
    actor.require(permission)
    return Version.objects.filter(organisation_id=actor.organisation_id).select_related("dataset")


def resolve_version(*, actor: Actor, reference: object, permission: str = READ) -> Version:
    """By its id, as `slug@number`, or as `slug` for the newest."""
    known = versions_visible_to(actor, permission)
    found = known.filter(pk=as_id(reference)).first() or versions_named(known, str(reference)).first()
    if found is None:
        raise NotFound(code="unknown_dataset_version")
    return found


def versions_named(known: QuerySet[Version], reference: str) -> QuerySet[Version]:
    """What `slug@3` (or `slug.v3`, as adapters are called) or `slug` may mean, the newest first."""
    named = _NUMBERED.fullmatch(reference)
    if named is None:
        return known.filter(dataset__slug=reference).order_by("-number")
    return known.filter(dataset__slug=named["slug"], number=int(named["number"]))


def rows_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Row]:
    actor.require(permission)
    return Row.objects.filter(organisation_id=actor.organisation_id).select_related("dataset")


def resolve_row(*, actor: Actor, reference: object, permission: str = READ) -> Row:
    found = rows_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_example")
    return found


def steps_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Step]:
    actor.require(permission)
    return Step.objects.filter(organisation_id=actor.organisation_id).select_related(
        "version__dataset", "job"
    )


def resolve_step(*, actor: Actor, reference: object, permission: str = READ) -> Step:
    found = steps_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_step")
    return found


def rows_of(version: Version) -> QuerySet[Row]:
    """The examples of a version, in their order."""
    alive = Q(died__isnull=True) | Q(died__gt=version.number)
    return Row.objects.filter(alive, dataset_id=version.dataset_id, born__lte=version.number)


def removed_in(version: Version) -> QuerySet[Row]:
    """What steps took out of this version, with the reason."""
    told = Prefetch("removals", to_attr="told")
    gone = Row.objects.filter(
        dataset_id=version.dataset_id, removals__step__version=version, died=version.number
    )
    return gone.prefetch_related(told).distinct()


def examples(version: Version, part: Part) -> Iterator[Example]:
    """What a training reads. The caller stands in the organisation's scope."""
    kind = Kind(version.dataset.kind)
    for row in rows_of(version).filter(part=part).iterator(chunk_size=500):
        yield Example(id=row.pk, kind=kind, part=Part(row.part), data=row.data, group=row.group)


def stored_files() -> set[str]:
    """The files that imports of this organisation have still to read."""
    waiting = Step.objects.filter(finished_at__isnull=True).exclude(file="")
    return set(waiting.values_list("file", flat=True))


__all__ = [
    "ANNOTATE", "APPROVE", "EDIT", "READ", "datasets_visible_to", "examples", "removed_in", "resolve_dataset",
    "resolve_row", "resolve_step", "resolve_version", "rows_of", "rows_visible_to", "steps_visible_to",
    "stored_files", "versions_named", "versions_visible_to",
]  # fmt: skip
