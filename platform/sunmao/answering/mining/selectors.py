"""Reads. A cluster is there for whoever may see its task and the bases that its questions looked into."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from sunmao.answering.mining.models import Cluster, Member
from sunmao.answering.selectors import opened
from sunmao.core.actor import Actor, Grant
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id

MANAGE = "answering.unanswered.manage"


def clusters_visible_to(actor: Actor) -> QuerySet[Cluster]:
    """Largest first."""
    actor.require(MANAGE)
    found = Cluster.objects.select_related("medoid")
    if actor.kind == "system" or MANAGE in actor.permissions:
        return found
    among = Q(pk__in=[])
    for grant in actor.narrowed:
        if MANAGE in grant.permissions:
            among |= _within(grant)
    return found.filter(among)


def _within(grant: Grant) -> Q:
    """What one grant reaches, its tasks and its bases together."""
    reach = Q()
    if grant.tasks is not None:
        among = Q(pk__in=[])
        for one in sorted(grant.tasks):
            among |= Q(task=one) | Q(task__startswith=f"{one}.")
        reach &= among
    if grant.bases is not None:
        reach &= Q(bases__contained_by=sorted(grant.bases)) & ~Q(bases=[])
    return reach if reach else ~Q(pk__in=[])


def resolve_cluster(*, actor: Actor, reference: object) -> Cluster:
    found = clusters_visible_to(actor).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_cluster")
    return found


def questions_of(found: Cluster, *, limit: int = 200) -> list[Member]:
    """The likest to all first, opened with one statement for the keys of all who asked."""
    members = list(found.members.select_related("record")[:limit])
    opened(one.record for one in members)
    return members


def page(clusters: QuerySet[Cluster], *, limit: int) -> list[Cluster]:
    shown = list(clusters[:limit])
    opened(one.medoid for one in shown if one.medoid)
    return shown
