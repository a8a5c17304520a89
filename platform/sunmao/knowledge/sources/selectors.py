"""Reads. A source is seen by whoever may see the sources of its base."""

from __future__ import annotations

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as id_of
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.sources.models import EntryState, Source, SourceEntry

READ = "sources.source.read"
_PROBLEMS_FIRST = Case(
    When(Q(state=EntryState.FAILED) | Q(document__job__state="failed"), then=Value(0)),
    When(state=EntryState.WAITING, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def sources_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Source]:
    """With what a list shows: the base, the look, how many entries and how many of them failed."""
    alive = ~Q(entries__state=EntryState.GONE)
    failed = Q(entries__state=EntryState.FAILED) | Q(entries__document__job__state="failed")
    return (
        Source.objects.filter(base__in=bases_visible_to(actor, permission))
        .select_related("base", "job")
        .annotate(
            entry_count=Count("entries", filter=alive, distinct=True),
            failed_count=Count("entries", filter=alive & failed, distinct=True),
        )
    )


def resolve_source(*, actor: Actor, reference: object, permission: str = READ) -> Source:
    actor.require(permission)
    source = sources_visible_to(actor, permission).filter(pk=id_of(reference)).first()
    if source is None:
        raise NotFound
    return source


def entries_of(source: Source) -> QuerySet[SourceEntry]:
    """What a person should look at comes first."""
    found = source.entries.select_related("document__job").annotate(rank=_PROBLEMS_FIRST)
    return found.order_by("rank", "address")
