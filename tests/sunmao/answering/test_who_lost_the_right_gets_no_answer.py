"""Rights are those of the moment of answering, not of asking."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sunmao.accounts import services as accounts
from sunmao.accounts.models import ApiKey, Membership, User
from sunmao.accounts.selectors import actor_of_key
from sunmao.answering import pipeline, services
from sunmao.answering.models import AnswerRecord, Exchange, ExchangeState
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from tests.fixtures import Cast, verbs_of

pytestmark = pytest.mark.usefixtures("policies", "broker")


def _answered_after(cast: Cast, actor: Actor, loses: Callable[[], object]) -> Exchange:
    data = {"question": "Who pays for return shipping?"}
    exchange = services.ask(actor=actor, task_name="customer_service.ask", data=data)
    loses()
    pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    with tenancy.scope(cast.hemu.pk):
        exchange.refresh_from_db()
    return exchange


def _has_no_answer(cast: Cast, exchange: Exchange) -> None:
    assert (exchange.state, exchange.error["code"], exchange.error["status"]) == (
        ExchangeState.FAILED,
        "unauthenticated",
        401,
    )
    with tenancy.scope(cast.hemu.pk):
        assert not AnswerRecord.objects.exists()
    assert "answer.intended" not in verbs_of(cast.hemu)


@pytest.fixture
def channel(cast: Cast) -> tuple[ApiKey, Actor]:
    issued = accounts.create_api_key(actor=cast.lin.actor, name="shop window")
    return issued.key, actor_of_key(issued.secret, language="en")


def test_a_key_that_was_revoked_meanwhile(cast: Cast, channel: tuple[ApiKey, Actor]) -> None:
    key, actor = channel
    exchange = _answered_after(cast, actor, lambda: accounts.revoke_api_key(actor=cast.lin.actor, key=key))
    _has_no_answer(cast, exchange)


def test_a_key_that_expired_meanwhile(cast: Cast, channel: tuple[ApiKey, Actor]) -> None:
    key, actor = channel

    def expire() -> None:
        with tenancy.scope(cast.hemu.pk):
            ApiKey.objects.filter(pk=key.pk).update(expires_at=now())

    _has_no_answer(cast, _answered_after(cast, actor, expire))


def test_a_member_who_left_meanwhile(cast: Cast) -> None:
    def leave() -> None:
        with tenancy.scope(cast.hemu.pk):
            Membership.objects.filter(user=cast.mei.user).delete()

    _has_no_answer(cast, _answered_after(cast, cast.mei.actor, leave))


def test_a_person_whose_account_was_closed_meanwhile(cast: Cast) -> None:
    close = User.objects.filter(pk=cast.mei.user.pk).update
    _has_no_answer(cast, _answered_after(cast, cast.mei.actor, lambda: close(is_active=False)))


def test_a_key_that_is_still_valid_is_answered(cast: Cast, channel: tuple[ApiKey, Actor]) -> None:
    exchange = _answered_after(cast, channel[1], lambda: None)
    assert exchange.state == ExchangeState.DONE
    assert services.finished(exchange=exchange).actor_kind == "api_key"
