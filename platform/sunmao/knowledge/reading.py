"""How far the reading of many documents is: of one batch, or of a whole base."""

from __future__ import annotations

from django.db.models import QuerySet

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as id_of
from sunmao.jobs.models import Job
from sunmao.jobs.services import Together
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to

READ = "jobs.job.read"


def jobs_of_batch(*, actor: Actor, batch: object, permission: str = READ) -> QuerySet[Job]:
    """The readings of a batch, of documents that the actor may see; `NotFound` when there is none."""
    actor.require(permission)
    shown = Document.objects.filter(base__in=bases_visible_to(actor, permission)).values("pk")
    jobs = Job.objects.filter(batch=id_of(batch), subject_id__in=shown)
    if not jobs.exists():
        raise NotFound
    return jobs


def resolve_batch(*, actor: Actor, reference: object, permission: str = READ) -> QuerySet[Job]:
    return jobs_of_batch(actor=actor, batch=reference, permission=permission)


def jobs_of_base(*, actor: Actor, base: KnowledgeBase, permission: str = READ) -> QuerySet[Job]:
    """The newest reading of every document of a base."""
    actor.require(permission, base=base.slug)
    return Job.objects.filter(document__base=base, document__deleted_at=None)


def about(reference: object) -> Together:
    return Together(id_of(reference))
