"""Which bases an actor may read. The answer is a filter for queries, never a check after them."""

from __future__ import annotations

from django.db.models import QuerySet

from sunmao.core.actor import Actor
from sunmao.knowledge.models import Audience, KnowledgeBase


def sees_internal(actor: Actor) -> bool:
    return actor.can("knowledge.base.read_internal")


def bases_visible_to(actor: Actor) -> QuerySet[KnowledgeBase]:
    bases = KnowledgeBase.objects.filter(organisation_id=actor.organisation_id)
    if not sees_internal(actor):
        bases = bases.filter(audience=Audience.EVERYONE)
    if actor.base_scope is not None:
        bases = bases.filter(slug__in=actor.base_scope)
    return bases
