"""Reads of outside servers and their tools."""

from __future__ import annotations

from django.db.models import QuerySet

from sunmao.answering.tooling.models import OutsideState, OutsideTool, Server
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as id_of

MANAGE = "tooling.server.manage"


def servers(actor: Actor) -> QuerySet[Server]:
    actor.require(MANAGE)
    return Server.objects.filter(organisation_id=actor.organisation_id)


def outside_tools(actor: Actor) -> QuerySet[OutsideTool]:
    actor.require(MANAGE)
    return OutsideTool.objects.filter(organisation_id=actor.organisation_id).select_related("server")


def approved_tools(actor: Actor) -> list[tuple[Server, OutsideTool]]:
    """What may be called now; whoever asks has shown their right to it."""
    allowed = OutsideTool.objects.filter(
        organisation_id=actor.organisation_id, state=OutsideState.APPROVED
    ).select_related("server")
    return [(tool.server, tool) for tool in allowed.order_by("server__slug", "name")]


def resolve_server(*, actor: Actor, reference: object) -> Server:
    found = servers(actor).filter(pk=id_of(reference)).first()
    if found is None:
        raise NotFound
    return found


def resolve_tool(*, actor: Actor, reference: object) -> OutsideTool:
    found = outside_tools(actor).filter(pk=id_of(reference)).first()
    if found is None:
        raise NotFound
    return found
