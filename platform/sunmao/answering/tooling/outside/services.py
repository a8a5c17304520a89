"""Allowing outside tools: a server is added, its tools are looked up, and each is approved by a person.

What was approved is pinned by the digest of its words and schema. When a look finds anything else there, the
tool is suspended until somebody has read the new words.
"""

from __future__ import annotations

import re
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sunmao.answering.tooling.models import OutsideState, OutsideTool, Server
from sunmao.answering.tooling.outside.calling import client_of
from sunmao.answering.tooling.outside.selectors import MANAGE
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, InvalidInput, Message
from sunmao.guards.injection.detect import inspect
from sunmao.guards.policy import policy
from sunmao.inference.mcp.client import Described, OutsideServerFailed
from sunmao.knowledge.fetching.policy import Refused, target_of

SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
EFFECTS: Final = ("read", "write", "money")
MOST_SERVERS = 20


class ServerExists(Conflict):
    code = "tool_server_exists"
    default_message = _("There is a server of this name already.")


class ToolChanged(Conflict):
    code = "outside_tool_changed"
    default_message = _("The tool is not what was shown to you. Look at it again.")


def add_server(*, actor: Actor, slug: str, name: str, url: str, secret: str = "") -> Server:
    actor.require(MANAGE)
    wrong = _wrong(slug, name, url, secret)
    if wrong:
        raise InvalidInput(fields=wrong)
    with tenancy.scope(actor.organisation_id):
        if Server.objects.count() >= MOST_SERVERS:
            raise InvalidInput(fields={"slug": _("there are too many servers already")})
        try:
            with transaction.atomic():
                server = Server.objects.create(slug=slug, name=name or slug, url=url.strip(), secret=secret)
        except IntegrityError as error:
            raise ServerExists(fields={"slug": slug}) from error
        audit.record(actor=actor, verb="server.added", subject=server, slug=slug, url=server.url)
    return server


def _wrong(slug: str, name: str, url: str, secret: str) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if not SLUG.fullmatch(slug):
        wrong["slug"] = _("may have small letters, digits and hyphens")
    if len(name) > 120:
        wrong["name"] = _("is too long")
    if len(secret) > 2000 or not secret.isprintable():
        wrong["secret"] = _("is no key")
    return wrong | _wrong_address(url)


def _wrong_address(url: str) -> dict[str, Message]:
    """Hosts of this network only where the operator has named them."""
    named = settings.SUNMAO_FETCH_PRIVATE_HOSTS
    try:
        target = target_of(url, private_hosts=named)
    except Refused:
        return {"url": _("is no public address")}
    if target.scheme != "https" and target.host not in named:
        return {"url": _("must begin with https://")}
    return {}


def remove_server(*, actor: Actor, server: Server) -> None:
    """With its tools; the calls of before stay in the log."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        audit.record(actor=actor, verb="server.removed", subject=server, slug=server.slug, url=server.url)
        server.delete()


def look_up(*, actor: Actor, server: Server) -> Server:
    """Ask the server what it offers. No database is held while it answers."""
    actor.require(MANAGE)
    problem, found = "", None
    try:
        with client_of(server) as client:
            found = client.tools()
    except OutsideServerFailed as error:
        problem = error.code
    with tenancy.scope(actor.organisation_id):
        server.problem, server.looked_at = problem, now()
        server.save(update_fields=["problem", "looked_at"])
        if found is not None:
            _compare(actor, server, found)
        audit.record(
            actor=actor,
            verb="server.looked_up",
            subject=server,
            slug=server.slug,
            problem=problem,
            tools=len(found or ()),
        )
    if problem:
        raise OutsideServerFailed(code=problem)
    return server


def _compare(actor: Actor, server: Server, found: list[Described]) -> None:
    known = {tool.name: tool for tool in OutsideTool.objects.select_for_update().filter(server=server)}
    for one in found:
        tool = known.pop(one.name, None)
        if tool is None:
            _first_seen(server, one)
        elif tool.digest == one.digest:
            tool.offered = {}
            tool.state = OutsideState.FOUND if tool.state == OutsideState.GONE else tool.state
            tool.save(update_fields=["offered", "state"])
        else:
            _changed(actor, tool, one)
    for gone in known.values():
        gone.state = OutsideState.GONE
        gone.save(update_fields=["state"])


def _first_seen(server: Server, one: Described) -> None:
    OutsideTool.objects.create(
        server=server,
        name=one.name,
        about=one.about,
        schema=dict(one.schema),
        digest=one.digest,
        effect="read" if one.reads else "write",
    )


def _changed(actor: Actor, tool: OutsideTool, one: Described) -> None:
    """Approved words that are no longer those of the server must not be used for one more call."""
    was = tool.state
    tool.offered = {"about": one.about, "schema": dict(one.schema), "digest": one.digest, "reads": one.reads}
    tool.state = OutsideState.SUSPENDED if was != OutsideState.FOUND else OutsideState.FOUND
    if tool.state == OutsideState.FOUND:
        _take_over(tool)
    tool.save()
    if was == OutsideState.APPROVED:
        audit.record(
            actor=actor,
            verb="outside_tool.suspended",
            subject=tool,
            tool=str(tool),
            reason="changed",
            before={"digest": tool.digest},
            after={"digest": one.digest},
        )


def _take_over(tool: OutsideTool) -> None:
    tool.about, tool.schema = tool.offered["about"], tool.offered["schema"]
    tool.digest, tool.offered = tool.offered["digest"], {}


def approve(*, actor: Actor, tool: OutsideTool, digest: str, effect: str) -> OutsideTool:
    """What was read is what is approved: `digest` is that of the words on the page."""
    actor.require(MANAGE)
    if effect not in EFFECTS:
        raise InvalidInput(fields={"effect": _("must be read, write or money")})
    with tenancy.scope(actor.organisation_id):
        row = OutsideTool.objects.select_for_update().select_related("server").get(pk=tool.pk)
        if row.offered:
            _take_over(row)
        if row.digest != digest or row.state == OutsideState.GONE:
            raise ToolChanged
        if inspect(row.about, origin="document").score >= policy().refuse:
            raise InvalidInput(fields={"tool": _("its description tries to give the system orders")})
        row.state, row.effect = OutsideState.APPROVED, effect
        row.save()
        audit.record(
            actor=actor,
            verb="outside_tool.approved",
            subject=row,
            tool=str(row),
            effect=effect,
            digest=row.digest,
        )
    return row


def suspend(*, actor: Actor, tool: OutsideTool) -> OutsideTool:
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        row = OutsideTool.objects.select_for_update().select_related("server").get(pk=tool.pk)
        if row.state != OutsideState.APPROVED:
            raise Conflict(_("Only an approved tool can be suspended."), code="outside_tool_not_approved")
        row.state = OutsideState.SUSPENDED
        row.save(update_fields=["state"])
        audit.record(
            actor=actor, verb="outside_tool.suspended", subject=row, tool=str(row), reason="by a person"
        )
    return row


def digest_shown(tool: OutsideTool) -> str:
    """Of the words that somebody is about to approve: what the server says now, where that is new."""
    return str(tool.offered.get("digest") or tool.digest)


__all__ = [
    "ServerExists",
    "ToolChanged",
    "add_server",
    "approve",
    "digest_shown",
    "look_up",
    "remove_server",
    "suspend",
]
