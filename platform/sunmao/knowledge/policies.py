"""Which bases an actor may read. The answer is a filter for queries, never a check after them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from sunmao.core.actor import Actor, Bases
from sunmao.knowledge.models import Audience, KnowledgeBase

READ = "knowledge.passage.read"
INTERNAL = "knowledge.base.read_internal"


def sees_internal(actor: Actor, *, base: str | None = None) -> bool:
    return actor.can(INTERNAL, base=base)


def bases_visible_to(
    actor: Actor, permission: str = READ, *, task: str | None = None
) -> QuerySet[KnowledgeBase]:
    """The bases for which the actor holds the permission: internal ones only with the right to those."""
    bases = KnowledgeBase.objects.filter(organisation_id=actor.organisation_id)
    bases = bases.filter(among(actor.bases_for(permission, task=task)))
    return bases.filter(Q(audience=Audience.EVERYONE) | among(actor.bases_for(INTERNAL)))


def among(bases: Bases, *, field: str = "slug") -> Q:
    if bases.is_all:
        return ~Q(pk__in=[])
    named = Q(**{f"{field}__in": bases.slugs})
    return ~named if bases.but else named
