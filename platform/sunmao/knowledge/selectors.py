"""Reads. Everything an actor may not see is `NotFound`, as if it did not exist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference
from sunmao.core.ids import reference as as_id
from sunmao.jobs import selectors as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models import Change, Document, Edition, KnowledgeBase, Passage, Quarantine, Revision
from sunmao.knowledge.policies import READ, bases_visible_to

DOCUMENT = "knowledge.document.read"


def visible_base(
    *, actor: Actor, slug: str, permission: str = READ, task: str | None = None
) -> KnowledgeBase:
    # No base has a name that the database could not even be asked for (a NUL, half a surrogate pair).
    bases = bases_visible_to(actor, permission, task=task)
    base = bases.filter(slug=slug).first() if slug.isprintable() else None
    if base is None:
        raise NotFound(code="unknown_base", fields={"base": slug})
    return base


def resolve_base(*, actor: Actor, reference: object, **asked: str) -> KnowledgeBase:
    return visible_base(actor=actor, slug=str(reference), **asked)


def resolve_document(*, actor: Actor, reference: object, **asked: str) -> Document:
    return visible_document(actor=actor, document_id=reference, **asked)


def resolve_document_of_any_version(*, actor: Actor, reference: object, base: str) -> Document:
    """Also one that left the base: what differs between versions tells of those above all."""
    of_base = visible_base(actor=actor, slug=base, permission=DOCUMENT)
    found = Document.objects.filter(base=of_base, pk=as_id(reference)).select_related("base").first()
    if found is None:
        raise NotFound
    return found


def resolve_passage(*, actor: Actor, reference: object) -> Passage:
    return visible_passage(actor=actor, passage_id=reference)


def resolve_job(*, actor: Actor, reference: object, **asked: str) -> Job:
    return visible_job(actor=actor, job_id=reference, **asked)


def documents_visible_to(actor: Actor, permission: str = DOCUMENT) -> QuerySet[Document]:
    """Documents with what a list shows: their base, newest job and current revision."""
    return (
        Document.objects.filter(base__in=bases_visible_to(actor, permission), deleted_at=None, left_in=None)
        .select_related("base", "job", "current", "member_of")
        .defer("current__text")
        .annotate(quarantined=_HELD, holds=_INSIDE)
    )


# A sub-select, because a list of documents must not ask once for each.
_HELD = Coalesce(
    Subquery(
        Passage.objects.filter(document=OuterRef("pk"), quarantine=Quarantine.HELD, died=None)
        .order_by()
        .values("document")
        .annotate(number=Count("pk"))
        .values("number")
    ),
    0,
)


_INSIDE = Coalesce(
    Subquery(
        Document.objects.filter(member_of=OuterRef("pk"), deleted_at=None, left_in=None)
        .order_by()
        .values("member_of")
        .annotate(number=Count("pk"))
        .values("number")
    ),
    0,
)


def members_of(document: Document) -> QuerySet[Document]:
    """The documents that stand right inside one that the actor may see, by name."""
    found = Document.objects.filter(member_of=document, deleted_at=None, left_in=None)
    shown = found.select_related("base", "job", "current", "member_of").defer("current__text")
    return shown.annotate(quarantined=_HELD, holds=_INSIDE).order_by("name", "pk")


def holds(document: Document) -> int:
    """How many documents stand right inside it."""
    known: int | None = getattr(document, "holds", None)
    return members_of(document).count() if known is None else known


def is_there(document: Document) -> bool:
    """It stands in the newest version of its base."""
    return document.deleted_at is None and document.left_in is None


def held_in(document: Document) -> int:
    """How many of its passages wait for a person and are not read by questions."""
    known: int | None = getattr(document, "quarantined", None)
    if known is None:
        held = Passage.objects.filter(document=document, quarantine=Quarantine.HELD, died=None)
        known = held.count()
    return known


def visible_document(*, actor: Actor, document_id: object, permission: str = DOCUMENT) -> Document:
    actor.require(permission)
    document = documents_visible_to(actor, permission).filter(pk=reference(document_id)).first()
    if document is None:
        raise NotFound
    return document


def changes_of(base: KnowledgeBase) -> QuerySet[Change]:
    """What made each version of a base that the actor may see, newest first."""
    return Change.objects.filter(base=base).select_related("document").order_by("-version")


def editions_of(document: Document) -> QuerySet[Edition]:
    """The revisions that stand in the newest version, the latest days first."""
    standing = Edition.objects.filter(document=document, died=None).select_related("revision")
    order = (F("effective_from").desc(nulls_last=True), "-revision__number")
    return standing.defer("revision__text").order_by(*order)


def visible_passage(*, actor: Actor, passage_id: object) -> Passage:
    """A passage of any version: an old answer must still be able to show what it read."""
    actor.require("knowledge.passage.read")
    passages = Passage.objects.filter(base_id__in=bases_visible_to(actor).values("pk"))
    shown = passages.select_related("document__base", "document__member_of", "revision")
    passage = shown.filter(pk=reference(passage_id)).first()
    if passage is None or passage.document.deleted_at:
        raise NotFound
    return passage


def removed_passage(*, actor: Actor, passage_id: object) -> Passage | None:
    """A passage of a document that was removed, not erased: for whoever shows that an answer of theirs read
    it, and for nobody else."""
    actor.require("knowledge.passage.read")
    removed = Passage.objects.filter(base_id__in=bases_visible_to(actor).values("pk"))
    removed = removed.exclude(document__deleted_at=None).select_related("document__base", "revision")
    return removed.filter(pk=as_id(passage_id)).first()


def standing_of(passage: Passage) -> Literal["current", "replaced", "rolled_back", "removed"]:
    """Whether questions of today can still read what a passage says, and if not, what became of it."""
    if passage.document.deleted_at:
        return "removed"
    if passage.document.left_in:
        return "rolled_back"
    if passage.died is None:
        return "current"
    living = Passage.objects.filter(revision=passage.revision_id, ordinal=passage.ordinal, died=None)
    return "current" if living.exists() else "replaced"


def unfinished_documents(bases: Sequence[KnowledgeBase]) -> int:
    """How many documents of the bases have not been read yet for the first time."""
    waiting = Document.objects.filter(base__in=bases, deleted_at=None, left_in=None, current=None)
    return waiting.filter(job__state__in=[JobState.QUEUED, JobState.RUNNING]).count()


def document_counts(actor: Actor) -> dict[str, int]:
    """How many documents are ready, on their way and failed; a document is ready while a revision serves."""
    visible = bases_visible_to(actor, DOCUMENT)
    documents = Document.objects.filter(base__in=visible, deleted_at=None, left_in=None)
    unfinished = Q(job__state__in=[JobState.QUEUED, JobState.RUNNING])
    return documents.aggregate(
        ready=Count("pk", filter=Q(current__isnull=False)),
        pending=Count("pk", filter=unfinished),
        failed=Count("pk", filter=Q(job__state=JobState.FAILED)),
    )


def base_has_documents(*, actor: Actor, base: KnowledgeBase) -> bool:
    """Also when they were deleted: a sample that people removed stays removed."""
    with tenancy.scope(actor.organisation_id):
        return Document.objects.filter(base=base).exists()


def jobs_visible_to(actor: Actor) -> QuerySet[Job]:
    """Not the reading of documents in bases that the actor may not see; to whoever sees some bases only, no
    other work at all."""
    shown = Document.objects.filter(base__in=bases_visible_to(actor, "jobs.job.read")).values("pk")
    jobs_ = Job.objects.filter(organisation_id=actor.organisation_id)
    if not actor.bases_for("jobs.job.read").but:
        return jobs_.filter(kind__startswith="knowledge.", subject_id__in=shown)
    return jobs_.exclude(Q(kind__startswith="knowledge.") & ~Q(subject_id__in=shown))


def visible_job(*, actor: Actor, job_id: object, permission: str = "jobs.job.read") -> Job:
    """A job of a document that the actor may see: its base may be internal or outside a key's scope."""
    actor.require(permission)
    job = jobs.visible_job(actor=actor, job_id=job_id)
    known = documents_visible_to(actor, permission).filter(pk=reference(job.subject_id))
    narrow = not actor.bases_for(permission).but
    if (narrow or job.kind.startswith("knowledge.")) and not known.exists():
        raise NotFound
    return job


def stored_files() -> set[str]:
    """The names of the files that this organisation's revisions are kept in, and those of their pictures."""
    return set(Revision.objects.values_list("sha256", flat=True)) | _pictures(Passage.objects.all())


def files_of(document: Document) -> set[str]:
    kept = set(document.revisions.values_list("sha256", flat=True))
    return kept | _pictures(Passage.objects.filter(document=document))


def _pictures(passages: QuerySet[Passage]) -> set[str]:
    return set(passages.filter(image__isnull=False).values_list("image__sha256", flat=True))
