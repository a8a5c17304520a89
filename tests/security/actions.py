"""What of tools stands in a house of the matrix: an action of every asker, an outside server, a call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Organisation
from sunmao.answering.models import Exchange
from sunmao.answering.tooling.models import Server, ToolUse, UseState
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.crypto import persons


def propose_everywhere(house: Any) -> None:
    """Under the id of its exchange, so that the address of one's own exchange names one's own action."""
    for exchange in house.exchanges.values():
        with tenancy.scope(exchange.organisation_id):
            _proposed(exchange)


def _proposed(exchange: Exchange) -> None:
    ToolUse.objects.create(
        id=exchange.pk,
        exchange=exchange,
        conversation_id=exchange.conversation_id,
        owner_kind=exchange.owner_kind,
        owner_id=exchange.owner_id,
        owner_language=exchange.owner_language,
        person_key=exchange.person_key,
        task=exchange.task,
        tool="change",
        effect="write",
        state=UseState.PROPOSED,
        preview={"title": "Change"},
        expires_at=now() + timedelta(days=1),
    )


def tools_of(organisation: Organisation) -> dict[str, object]:
    system = accounts.system_actor(organisation)
    with tenancy.scope(organisation.pk):
        use = ToolUse.objects.create(
            owner_kind="system",
            owner_language="en",
            person_key=persons.key_of(system.subject),
            tool="calculate",
            effect="read",
            state=UseState.DONE,
        )
        server = Server.objects.create(slug="weather", name="Weather", url="https://weather.example.com/mcp")
    return {"tool_use": use.pk, "tool_server": server.pk}
