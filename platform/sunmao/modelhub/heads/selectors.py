"""Reading heads."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Q, QuerySet

from sunmao.core import files
from sunmao.core.actor import Actor
from sunmao.core.errors import UnreadableFile
from sunmao.core.ids import parse_id
from sunmao.jobs.models import Job, JobState
from sunmao.modelhub.heads.classifier import Classifier, Malformed, from_bytes
from sunmao.modelhub.heads.errors import HeadConflict, UnknownHead
from sunmao.modelhub.heads.models import Head, HeadState, HeadVersion

READ, TRAIN, ACTIVATE = "heads.head.read", "heads.head.train", "heads.head.activate"
_VERSION = re.compile(r"(?P<head>[a-z0-9_-]+)\.v(?P<number>\d{1,9})")
_KEPT = 8
_loaded: dict[str, Classifier] = {}


def heads_visible_to(actor: Actor) -> QuerySet[Head]:
    actor.require(READ)
    return Head.objects.filter(organisation_id=actor.organisation_id)


def versions_visible_to(actor: Actor) -> QuerySet[HeadVersion]:
    actor.require(READ)
    return HeadVersion.objects.filter(organisation_id=actor.organisation_id).select_related("head", "job")


def resolve_head(*, actor: Actor, reference: object, permission: str = READ) -> Head:
    """By id or name."""
    actor.require(permission)
    key = parse_id(reference)
    wanted = Q(pk=key) if key else Q(slug=str(reference))
    head = Head.objects.filter(wanted, organisation_id=actor.organisation_id).first()
    if head is None:
        raise UnknownHead(fields={"head": str(reference)})
    return head


def resolve_version(*, actor: Actor, reference: object, permission: str = READ) -> HeadVersion:
    """By id, or as `head.v3`."""
    actor.require(permission)
    key, short = parse_id(reference), _VERSION.fullmatch(str(reference))
    wanted = Q(pk=key)
    if short and not key:
        wanted = Q(head__slug=short["head"], number=int(short["number"]))
    found = HeadVersion.objects.filter(wanted, organisation_id=actor.organisation_id)
    version = found.select_related("head", "job").first() if key or short else None
    if version is None:
        raise UnknownHead(fields={"head_version": str(reference)})
    return version


def active(head: Head) -> HeadVersion:
    """The version that is asked. Raises `HeadConflict` when there is none."""
    version = HeadVersion.objects.filter(head=head, state=HeadState.ACTIVE).first()
    if version is None:
        raise HeadConflict(code="head_not_active", fields={"head": head.slug})
    return version


def classifier_of(version: HeadVersion) -> Classifier:
    """The numbers of a version; the last few stay in memory, by what they are."""
    if not version.sha256:
        raise HeadConflict(fields={"head_version": str(version)})
    found = _loaded.get(version.sha256)
    if found is None:
        data = files.read(organisation_id=version.organisation_id, sha256=version.sha256)
        try:
            found = from_bytes(data)
        except Malformed as error:
            raise UnreadableFile(code="file_changed") from error
        while len(_loaded) >= _KEPT:
            _loaded.pop(next(iter(_loaded)))
        _loaded[version.sha256] = found
    return found


def stored_files() -> set[str]:
    """Numbers of all versions, examples of those being trained, and texts that wait for their labels."""
    over = HeadVersion.objects.filter(state=HeadState.TRAINING).exclude(
        job__state__in=[JobState.QUEUED, JobState.RUNNING]
    )
    made = HeadVersion.objects.exclude(pk__in=over.values("pk"))
    named = {one for files_ in made.values_list("files", flat=True) for one in files_.values()}
    waiting = Job.objects.filter(kind="heads.classify", state__in=[JobState.QUEUED, JobState.RUNNING])
    return named | {one for one in waiting.values_list("payload__file", flat=True) if one}


def version_by(key: UUID) -> HeadVersion:
    return HeadVersion.objects.select_related("head", "job").get(pk=key)


__all__ = [
    "ACTIVATE", "READ", "TRAIN", "active", "classifier_of", "heads_visible_to", "resolve_head",
    "resolve_version", "stored_files", "version_by", "versions_visible_to",
]  # fmt: skip
