"""Verbs on bases and documents. Reading a file's content is a job (see `ingestion`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import EmptyInput, InvalidInput, NotFound
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models import (
    Audience,
    ChangeKind,
    Document,
    Edition,
    KnowledgeBase,
    Passage,
    Revision,
)
from sunmao.knowledge.models import Origin as Origin  # what doors say of an upload
from sunmao.knowledge.naming import nameless
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.versions.copying import retire
from sunmao.knowledge.versions.dates import ALWAYS, Dates
from sunmao.knowledge.versions.history import advance, author_of

Outcome = Literal["new", "changed", "unchanged"]
SLUG_LENGTH, NAME_LENGTH, NAME_OF_DOCUMENT, LONGEST_SOURCE = 50, 200, 255, 2000
INGEST = "knowledge.ingest"


@dataclass(frozen=True)
class Received:
    """A document as it was received, and what that meant for the base."""

    document: Document
    outcome: Outcome


def create_base(
    *, actor: Actor, slug: str, name: str = "", audience: str = Audience.EVERYONE
) -> KnowledgeBase:
    actor.require("knowledge.base.create")
    clean = slugify(slug, allow_unicode=True)
    if not clean or clean != slug or len(slug) > SLUG_LENGTH:
        raise InvalidInput(
            fields={"slug": _("Use letters, digits, hyphens and underscores only.")}, code="invalid_base_name"
        )
    if len(name) > NAME_LENGTH or any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise InvalidInput(
            fields={"name": _("Use at most 200 printable characters.")}, code="invalid_base_name"
        )
    if not actor.can("knowledge.base.create", base=slug):
        raise NotFound(code="unknown_base", fields={"slug": slug})
    with tenancy.scope(actor.organisation_id):
        base, created = KnowledgeBase.objects.get_or_create(
            slug=slug, defaults={"name": name or slug, "audience": audience}
        )
        if created:
            with connection.cursor() as cursor:
                cursor.execute("SELECT knowledge_make_partition(%s)", [base.pk])
            audit.record(actor=actor, verb="base.created", subject=base, slug=slug)
        elif not bases_visible_to(actor, "knowledge.base.create").filter(pk=base.pk).exists():
            raise NotFound(code="unknown_base", fields={"slug": slug})
    return base


def receive(
    *,
    actor: Actor,
    base: KnowledgeBase,
    name: str,
    chunks: Iterable[bytes],
    folder: Sequence[str] = (),
    dates: Dates = ALWAYS,
    origin: Origin = Origin.UNKNOWN,
    source: str = "",
) -> Received:
    """Keep a file and queue its reading. `folder` tells apart files of one name in a tree; `dates` say on
    which days the content is in force, without them it takes the place of what is in force today; `origin`
    and `source` say how it came and from where.

    The file is on disk before the row that names it; when anything fails, no row is written. The same
    content under the same name changes nothing. Raises `StorageFull`, `TooLong`, `UnreadableFile`.
    """
    actor.require("knowledge.document.upload", base=base.slug)
    dates.check()
    with tenancy.scope(actor.organisation_id):
        safe = nameless(label_of(name, folder), base=base.slug)
    stored = files.store(
        organisation_id=actor.organisation_id, chunks=chunks, limit=settings.SUNMAO_MAX_UPLOAD
    )
    with tenancy.scope(actor.organisation_id):
        # One upload at a time per base decides what is new and what has changed.
        KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        came = Came(origin, source[:LONGEST_SOURCE])
        return keep(actor=actor, base=base, name=safe, stored=stored, dates=dates, came=came)


@dataclass(frozen=True)
class Came:
    """How a content came into its base; one inside another document `is_of` that, and is read `for_job`."""

    origin: Origin
    source: str = ""
    is_of: Document | None = None
    for_job: Job | None = None


def keep(
    *, actor: Actor, base: KnowledgeBase, name: str, stored: files.StoredFile, dates: Dates, came: Came
) -> Received:
    """The content under this name, in the transaction of a caller who holds the base's lock."""
    document = standing_document(base, name)
    if document and _holds(document, stored.sha256, dates):
        return Received(document=document, outcome="unchanged")
    outcome: Outcome = "changed" if document else "new"
    document = document or Document(base=base, name=name)
    document.origin, document.source, document.member_of = came.origin, came.source, came.is_of
    document.save()
    revision = add_revision(document, stored, dates, is_first=outcome == "new")
    _queue(actor=actor, document=document, revision=revision, like=came.for_job)
    audit.record(
        actor=actor,
        verb="document.received",
        subject=document,
        personal={"name": name},
        base=base.slug,
        sha256=stored.sha256,
    )
    return Received(document=document, outcome=outcome)


def standing_document(base: KnowledgeBase, name: str) -> Document | None:
    """The document of this name in the newest version of the base."""
    named = Document.objects.filter(base=base, name=name, deleted_at=None, left_in=None)
    return named.select_related("job").first()


def _holds(document: Document, sha256: str, dates: Dates) -> bool:
    """The newest content is this one, on these days, and it is readable or on its way."""
    newest = document.revisions.order_by("-number").first()
    return bool(
        newest
        and newest.sha256 == sha256
        and dates in (ALWAYS, Dates(newest.effective_from, newest.effective_until))
        and document.state not in (JobState.FAILED, JobState.CANCELLED)
        and (document.current_id == newest.pk or newest.published_in is None)
    )


def add_revision(
    document: Document, stored: files.StoredFile, dates: Dates, *, is_first: bool = False
) -> Revision:
    newest = 0 if is_first else document.revisions.aggregate(newest=Max("number"))["newest"] or 0
    return Revision.objects.create(
        document=document,
        number=newest + 1,
        sha256=stored.sha256,
        size=stored.size,
        effective_from=dates.first,
        effective_until=dates.last,
    )


def _queue(*, actor: Actor, document: Document, revision: Revision, like: Job | None) -> None:
    if document.job and not document.job.has_ended:
        jobs.supersede(job=document.job)
    payload = {"revision": str(revision.pk)}
    document.job = jobs.enqueue(actor=actor, kind=INGEST, subject_id=document.pk, payload=payload, like=like)
    document.save(update_fields=["job"])


def delete_document(*, actor: Actor, document: Document, keep_members: bool = False) -> None:
    """From now on no search of the newest version finds it, and its text cannot be opened. What is inside it
    goes with it, as the same change, unless that is to stay."""
    with tenancy.scope(actor.organisation_id):
        base = KnowledgeBase.objects.select_for_update().get(pk=document.base_id)
        actor.require("knowledge.document.delete", base=base.slug)
        inside = [] if keep_members else inside_of(document)
        if not Document.objects.filter(pk=document.pk, deleted_at=None).update(deleted_at=now()):
            return
        Document.objects.filter(pk__in=inside, deleted_at=None).update(deleted_at=now())
        gone = [document.pk, *inside]
        jobs.supersede_all(jobs=Job.objects.filter(document__in=gone))
        advance(
            base=base,
            kind=ChangeKind.REMOVED,
            by=author_of(actor),
            document=document,
            removed=_end(base, gone),
        )
        # Its name may name somebody; the entry of its arrival has it, under the key of whoever brought it.
        more: dict[str, Any] = {"members": len(inside)} if inside else {}
        audit.record(actor=actor, verb="document.deleted", subject=document, **more)


def _end(base: KnowledgeBase, documents: Sequence[UUID]) -> int:
    """No revision of theirs stands from the base's next version on. Returns how many passages end."""
    version = base.version + 1
    passages = Passage.objects.filter(base_id=base.pk, document__in=documents)
    ended = retire(base=base, passages=passages, version=version)
    Edition.objects.filter(document__in=documents, died=None).update(died=version)
    return ended


def inside_of(document: Document) -> list[UUID]:
    """What stands inside an archive or a mail, at every depth; the nearest first."""
    found: list[UUID] = []
    level = [document.pk]
    while level:
        standing = Document.objects.filter(member_of__in=level, deleted_at=None).exclude(pk__in=found)
        level = list(standing.order_by("created_at", "pk").values_list("pk", flat=True))
        found += level
    return found


def label_of(name: str, folder: Sequence[str] = ()) -> str:
    """How a document is known in its base: its name, after the folders that it came from."""
    return "/".join([*(safe_name(part) for part in folder), safe_name(name)])[-NAME_OF_DOCUMENT:]


def safe_name(name: str) -> str:
    """The last component of whatever path a client sent; the name is a label and never touches the disk."""
    last = PurePosixPath(PureWindowsPath(name).name).name
    clean = "".join(character for character in last if character.isprintable()).strip().strip(".")
    if not clean:
        raise EmptyInput(_("The file has no usable name."), code="invalid_file_name")
    return clean[:255]
