"""Reads. Everything an actor may not see is `NotFound`, as if it did not exist."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference
from sunmao.jobs import selectors as jobs
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.policies import bases_visible_to


def visible_base(*, actor: Actor, slug: str) -> KnowledgeBase:
    # No base has a name that the database could not even be asked for (a NUL, half a surrogate pair).
    base = bases_visible_to(actor).filter(slug=slug).first() if slug.isprintable() else None
    if base is None:
        raise NotFound(code="unknown_base", fields={"base": slug})
    return base


def documents_visible_to(actor: Actor) -> QuerySet[Document]:
    """Documents with what a list shows: their base, newest job and current revision."""
    return (
        Document.objects.filter(base__in=bases_visible_to(actor), deleted_at=None)
        .select_related("base", "job", "current")
        .defer("current__text")
    )


def visible_document(*, actor: Actor, document_id: object) -> Document:
    actor.require("knowledge.document.read")
    document = documents_visible_to(actor).filter(pk=reference(document_id)).first()
    if document is None:
        raise NotFound
    return document


def visible_passage(*, actor: Actor, passage_id: object) -> Passage:
    """A passage of any version: an old answer must still be able to show what it read."""
    actor.require("knowledge.passage.read")
    passages = Passage.objects.filter(base_id__in=bases_visible_to(actor).values("pk"))
    passage = passages.select_related("document__base", "revision").filter(pk=reference(passage_id)).first()
    if passage is None or passage.document.deleted_at:
        raise NotFound
    return passage


def unfinished_documents(bases: Sequence[KnowledgeBase]) -> int:
    """How many documents of the bases have not been read yet for the first time."""
    waiting = Document.objects.filter(base__in=bases, deleted_at=None, current=None)
    return waiting.filter(job__state__in=[JobState.QUEUED, JobState.RUNNING]).count()


def document_counts(actor: Actor) -> dict[str, int]:
    """How many documents are ready, on their way and failed; a document is ready while a revision serves."""
    documents = Document.objects.filter(base__in=bases_visible_to(actor), deleted_at=None)
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


def visible_job(*, actor: Actor, job_id: object) -> Job:
    """A job of a document that the actor may see: its base may be internal or outside a key's scope."""
    job = jobs.visible_job(actor=actor, job_id=job_id)
    known = documents_visible_to(actor).filter(pk=reference(job.subject_id))
    if job.kind.startswith("knowledge.") and not known.exists():
        raise NotFound
    return job
