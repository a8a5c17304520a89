"""Reads of tool calls. People see their own; those who may, see all."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from sunmao.answering.tooling.models import OPEN, ToolUse, UseState
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as id_of

READ_ALL = "tooling.call.read"
HANDED_OVER = (*OPEN, UseState.QUEUED, UseState.EXECUTED, UseState.CANCELLED, UseState.EXPIRED)


def own_uses(actor: Actor) -> QuerySet[ToolUse]:
    found = ToolUse.objects.filter(
        organisation_id=actor.organisation_id, owner_kind=actor.kind, owner_id=actor.id
    )
    return found.filter(person_key__in=persons.keys_of(actor.subject)) if actor.on_behalf_of else found


def waiting_for(actor: Actor) -> QuerySet[ToolUse]:
    """What the person has to decide about."""
    return own_uses(actor).filter(state=UseState.PROPOSED, expires_at__gt=now())


def actions_of(exchange_id: UUID, ids: Sequence[str]) -> list[ToolUse]:
    """What an answer handed over, in its order."""
    found = ToolUse.objects.filter(exchange_id=exchange_id, pk__in=ids).select_related("job")
    return list(found.order_by("created_at", "id"))


def resolve_action(*, actor: Actor, reference: object) -> ToolUse:
    found = own_uses(actor).filter(pk=id_of(reference)).first()
    if found is None:
        raise NotFound
    return found


def uses_visible_to(actor: Actor) -> QuerySet[ToolUse]:
    actor.require(READ_ALL)
    return ToolUse.objects.filter(organisation_id=actor.organisation_id)
