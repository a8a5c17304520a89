"""Whoever loses the right to ask while an answer is coming gets no more of it, and its writing is stopped."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from apps.api.views.tasks import stream
from sunmao.accounts import services
from sunmao.accounts.models import Membership, User
from sunmao.accounts.selectors import actor_by_id, actor_of_key
from sunmao.answering import services as answering
from sunmao.answering.models import Exchange, ExchangeState
from sunmao.answering.streaming import Relay
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor
from tests.fixtures import Standing

QUESTION = {"question": "Who pays for return shipping?"}
RECHECK, AT_MOST = 1, 8.0


@pytest.fixture
def asked(standing: Standing, broker: object, settings: Any) -> Iterator[Callable[[Actor], Exchange]]:
    """A question that a worker is busy with: it writes a piece every tenth of a second."""
    settings.SUNMAO_STREAM_RECHECK_SECONDS = RECHECK
    stopped = threading.Event()

    def ask(actor: Actor) -> Exchange:
        exchange = answering.ask(actor=actor, task_name="customer_service.ask", data=QUESTION)
        with tenancy.scope(standing.organisation.pk):
            Exchange.objects.filter(pk=exchange.pk).update(state=ExchangeState.RUNNING)
        threading.Thread(target=write, args=(exchange,), daemon=True).start()
        return exchange

    def write(exchange: Exchange) -> None:
        while not stopped.wait(0.1):
            streams.publish(str(exchange.pk), "token", {"text": "piece "})

    yield ask
    stopped.set()


def _member(standing: Standing, role: str = "end_user") -> tuple[Membership, Actor]:
    name = f"mei-{standing.organisation.slug}"
    user = services.add_member(actor=standing.actor, username=name, role=role)
    with tenancy.scope(standing.organisation.pk):
        member = Membership.objects.select_related("user").get(user=user)
    actor = actor_by_id(
        kind="user", actor_id=user.pk, organisation_id=standing.organisation.pk, language="en"
    )
    return member, actor


def _soon(act: Callable[[], object]) -> None:
    def later() -> None:
        time.sleep(0.5)
        try:
            act()
        finally:
            connections.close_all()

    threading.Thread(target=later, daemon=True).start()


def _last(messages: list[str]) -> tuple[str, dict[str, Any]]:
    *_id, event, data = messages[-1].strip().split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def _listened(exchange: Exchange) -> tuple[list[str], float]:
    began = time.monotonic()
    messages = list(stream(exchange))
    return messages, time.monotonic() - began


def test_a_revoked_key_hears_no_more(standing: Standing, asked: Callable[[Actor], Exchange]) -> None:
    issued = services.create_api_key(actor=standing.actor, name="window")
    exchange = asked(actor_of_key(issued.secret, language="en"))
    _soon(lambda: services.revoke_api_key(actor=standing.actor, key=issued.key))
    messages, seconds = _listened(exchange)
    assert len(messages) > 2
    assert (_last(messages)[0], _last(messages)[1]["code"]) == ("error", "unauthenticated")
    assert seconds < AT_MOST
    assert streams.flag_is_up(str(exchange.pk))


LOSSES: dict[str, tuple[Callable[[Standing, Membership], object], str]] = {
    "a role that is taken": (
        lambda s, m: services.take_grant(
            actor=s.actor, grant=m.grants.select_related("role", "member").get()
        ),
        "You are not allowed to do this.",
    ),
    "a member who is removed": (
        lambda s, m: services.remove_member(actor=s.actor, membership=m),
        "Sign in or send a valid API key.",
    ),
    "an account that is closed": (
        lambda s, m: User.objects.filter(pk=m.user_id).update(is_active=False),
        "Sign in or send a valid API key.",
    ),
}


@pytest.mark.parametrize("loss", list(LOSSES))
def test_a_person_s_page_hears_no_more(
    standing: Standing, asked: Callable[[Actor], Exchange], loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sunmao.answering.streaming.CHECK_SECONDS", 0.5)
    member, actor = _member(standing)
    exchange = asked(actor)
    lose, told = LOSSES[loss]

    def act() -> None:
        with tenancy.scope(standing.organisation.pk):
            lose(standing, member)

    async def listen() -> list[str]:
        relay = Relay(exchange=exchange, after="", language="en")
        return [message async for message in relay.messages()]

    _soon(act)
    began = time.monotonic()
    messages = asyncio.run(listen())
    assert time.monotonic() - began < AT_MOST
    assert [message.split("\n")[0] for message in messages[-2:]] == ["event: failed", "event: close"]
    assert told in messages[-2]
    assert streams.flag_is_up(str(exchange.pk))


def test_whoever_keeps_the_right_hears_on(standing: Standing, asked: Callable[[Actor], Exchange]) -> None:
    _member_row, actor = _member(standing)
    exchange = asked(actor)
    heard = []
    for event in answering.events(exchange=exchange):
        heard.append(event)
        if len(heard) > 25:
            break
    assert {event.kind for event in heard} == {"token"}
    assert not streams.flag_is_up(str(exchange.pk))
