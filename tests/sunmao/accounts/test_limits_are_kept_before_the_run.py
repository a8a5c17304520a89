"""Use is reserved before the work, settled after it, given back when nothing came of it, and never exceeded
by more than one request, however many come at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections
from django.utils import timezone, translation

from apps.config.settings import access
from sunmao.accounts import quotas, services
from sunmao.accounts.models import Membership, Reservation, Usage
from sunmao.accounts.quotas import QuotaExceeded, counted_as, limits_of, own_use, window_of
from sunmao.accounts.selectors import actor_by_id, actor_of_key
from sunmao.accounts.tasks import tidy
from sunmao.answering import pipeline
from sunmao.answering import services as answering
from sunmao.answering.counting import tokens_in
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden, InvalidInput
from sunmao.core.ids import new_id
from sunmao.core.streams import BrokerUnavailable
from tests.fixtures import Ask, Cast, Standing, state_of, verbs_of

QUESTION = {"question": "Who pays for return shipping?"}
TASK = "customer_service.ask"


def _limit(
    cast: Cast, target: str, measure: str, limit: int, period: str = "hour", only_for: str = ""
) -> None:
    services.set_quota(
        actor=cast.lin.actor, target=target, measure=measure, period=period, limit=limit, only_for=only_for
    )


def _counts(cast: Cast) -> list[tuple[str, int, int]]:
    with tenancy.scope(cast.hemu.pk):
        return list(Usage.objects.order_by("measure").values_list("measure", "used", "reserved"))


# One after the other


def test_a_request_is_reserved_and_then_used(cast: Cast, broker: object, policies: object) -> None:
    _limit(cast, "person", "requests", 2)
    _limit(cast, "person", "tokens", 100_000)
    exchange = answering.ask(actor=cast.mei.actor, task_name=TASK, data=QUESTION)
    assert _counts(cast) == [("requests", 0, 1), ("tokens", 0, 4000)]
    pipeline.answer(organisation_id=cast.hemu.pk, exchange_id=exchange.pk)
    requests, tokens = _counts(cast)
    assert requests == ("requests", 1, 0)
    assert tokens[2] == 0
    assert 0 < tokens[1] < 4000
    with tenancy.scope(cast.hemu.pk):
        assert not Reservation.objects.exists()


def test_over_the_limit_nothing_is_stored(cast: Cast, ask: Ask) -> None:
    _limit(cast, "person", "requests", 2)
    for _ in range(2):
        ask(cast.mei.actor, "Who pays?")
    before = state_of(cast.hemu)
    with pytest.raises(QuotaExceeded) as caught:
        ask(cast.mei.actor, "Who pays?")
    assert state_of(cast.hemu) == before
    with translation.override("en"):
        told = caught.value.as_dict()
    assert (told["code"], told["status"], told["fields"]["limit"]) == (
        "quota_exceeded",
        429,
        "Each person: 2 Requests per hour",
    )
    renews = datetime.fromisoformat(told["fields"]["renews_at"])
    assert caught.value.retry_after is not None
    assert 0 < (renews - timezone.now()).total_seconds() <= caught.value.retry_after <= 3600


def test_what_one_person_used_is_not_the_others(cast: Cast, ask: Ask) -> None:
    _limit(cast, "person", "requests", 1)
    ask(cast.mei.actor, "Who pays?")
    ask(cast.zhou.actor, "Who pays?")
    with pytest.raises(QuotaExceeded):
        ask(cast.mei.actor, "Who pays?")


def test_the_organisation_s_limit_counts_everybody(cast: Cast, ask: Ask) -> None:
    _limit(cast, "organisation", "requests", 2)
    ask(cast.mei.actor, "Who pays?")
    ask(cast.zhou.actor, "Who pays?")
    with pytest.raises(QuotaExceeded):
        ask(cast.ann.actor, "Who pays?")
    ask(cast.omar.actor, "Who pays?")


def test_a_limit_for_one_goes_before_the_one_for_each(cast: Cast, ask: Ask) -> None:
    with tenancy.scope(cast.hemu.pk):
        mei = Membership.objects.get(user=cast.mei.user)
    _limit(cast, "person", "requests", 1)
    _limit(cast, "person", "requests", 3, only_for=str(mei.pk))
    for _ in range(3):
        ask(cast.mei.actor, "Who pays?")
    with pytest.raises(QuotaExceeded):
        ask(cast.mei.actor, "Who pays?")
    ask(cast.zhou.actor, "Who pays?")
    with pytest.raises(QuotaExceeded):
        ask(cast.zhou.actor, "Who pays?")


def test_a_limit_of_nothing_lets_nothing_through(cast: Cast, ask: Ask) -> None:
    _limit(cast, "key", "requests", 0)
    key = actor_of_key(services.create_api_key(actor=cast.lin.actor, name="w").secret, language="en")
    with pytest.raises(QuotaExceeded):
        ask(key, "Who pays?")
    ask(cast.mei.actor, "Who pays?")


def test_each_of_a_channel_s_people_is_a_person(cast: Cast, broker: object) -> None:
    _limit(cast, "person", "requests", 1)
    key = actor_of_key(services.create_api_key(actor=cast.lin.actor, name="w").secret, language="en")
    for name in ("wx-1", "wx-2"):
        answering.ask(actor=replace(key, on_behalf_of=name), task_name=TASK, data=QUESTION)
    with pytest.raises(QuotaExceeded):
        answering.ask(actor=replace(key, on_behalf_of="wx-1"), task_name=TASK, data=QUESTION)
    with tenancy.scope(cast.hemu.pk):
        subjects = set(Usage.objects.values_list("subject", flat=True))
    assert subjects == {counted_as(f"subject:{name}", cast.hemu.pk) for name in ("wx-1", "wx-2")}
    assert "wx" not in str(subjects)


def test_the_settings_give_a_limit_where_no_row_does(cast: Cast, ask: Ask, settings: Any) -> None:
    settings.SUNMAO_QUOTAS = [access.quota("person:requests/hour=1")]
    ask(cast.mei.actor, "Who pays?")
    with pytest.raises(QuotaExceeded):
        ask(cast.mei.actor, "Who pays?")
    _limit(cast, "person", "requests", 2)
    ask(cast.mei.actor, "Who pays?")


# Nothing came of it


def test_an_answer_that_fails_is_given_back_once(cast: Cast, broker: object) -> None:
    _limit(cast, "person", "requests", 5)
    exchange = answering.ask(actor=cast.mei.actor, task_name=TASK, data=QUESTION)
    assert _counts(cast) == [("requests", 0, 1)]
    for _ in range(2):
        pipeline.fail(exchange=exchange, error=answering.Interrupted())
        with tenancy.scope(cast.hemu.pk):
            quotas.give_back(work_id=exchange.pk)
    assert _counts(cast) == [("requests", 0, 0)]


def test_a_question_that_could_not_be_sent_is_given_back(standing: Standing, no_broker: None) -> None:
    services.set_quota(actor=standing.actor, target="organisation", measure="requests", period="day", limit=5)
    user = services.add_member(
        actor=standing.actor, username=f"mei-{standing.organisation.slug}", role="end_user"
    )
    mei = actor_by_id(kind="user", actor_id=user.pk, organisation_id=standing.organisation.pk, language="en")
    with pytest.raises(BrokerUnavailable):
        answering.ask(actor=mei, task_name=TASK, data=QUESTION)
    with tenancy.scope(standing.organisation.pk):
        assert list(Usage.objects.values_list("used", "reserved")) == [(0, 0)]
        assert not Reservation.objects.exists()


# Many at once


def _together(times: int, act: Callable[[], object]) -> tuple[int, int]:
    """How many passed and how many were told that the limit is reached."""
    passed, refused, start = [], [], threading.Barrier(times)

    def run() -> None:
        start.wait()
        try:
            act()
            passed.append(1)
        except QuotaExceeded:
            refused.append(1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(passed), len(refused)


def _key_of(standing: Standing) -> Actor:
    return actor_of_key(services.create_api_key(actor=standing.actor, name="w").secret, language="en")


def test_of_many_requests_at_once_exactly_the_limit_passes(standing: Standing) -> None:
    key = _key_of(standing)
    for target, limit in (("organisation", 7), ("key", 9)):
        services.set_quota(
            actor=standing.actor, target=target, measure="requests", period="month", limit=limit
        )

    def reserve() -> None:
        with tenancy.scope(standing.organisation.pk):
            quotas.reserve(actor=key, work_id=new_id())

    assert _together(24, reserve) == (7, 17)
    with tenancy.scope(standing.organisation.pk):
        assert set(Usage.objects.values_list("used", "reserved")) == {(0, 7)}
        assert Reservation.objects.count() == 7


def test_tokens_are_overspent_by_one_request_at_most(standing: Standing, settings: Any) -> None:
    settings.SUNMAO_QUOTA_TOKENS_RESERVED = 400
    key = _key_of(standing)
    services.set_quota(actor=standing.actor, target="key", measure="tokens", period="month", limit=1000)

    def run() -> None:
        work = new_id()
        with tenancy.scope(standing.organisation.pk):
            quotas.reserve(actor=key, work_id=work)
        with tenancy.scope(standing.organisation.pk):
            quotas.settle(work_id=work, tokens=390)

    passed, refused = _together(16, run)
    assert passed + refused == 16
    with tenancy.scope(standing.organisation.pk):
        row = Usage.objects.get()
    assert (row.used, row.reserved) == (390 * passed, 0)
    assert row.used + 400 >= 1000
    assert row.used < 1000 + 400


def test_settling_twice_at_once_counts_once(standing: Standing) -> None:
    key, work = _key_of(standing), new_id()
    services.set_quota(actor=standing.actor, target="key", measure="tokens", period="month", limit=10**6)
    with tenancy.scope(standing.organisation.pk):
        quotas.reserve(actor=key, work_id=work)

    def settle() -> None:
        with tenancy.scope(standing.organisation.pk):
            quotas.settle(work_id=work, tokens=77)

    assert _together(8, settle) == (8, 0)
    with tenancy.scope(standing.organisation.pk):
        assert list(Usage.objects.values_list("used", "reserved")) == [(77, 0)]


# Periods


@pytest.mark.parametrize(
    ("period", "starts", "ends"),
    [
        ("minute", "2026-03-31T23:59:00", "2026-04-01T00:00:00"),
        ("hour", "2026-03-31T23:00:00", "2026-04-01T00:00:00"),
        ("day", "2026-03-31T00:00:00", "2026-04-01T00:00:00"),
        ("month", "2026-03-01T00:00:00", "2026-04-01T00:00:00"),
    ],
)
def test_a_period_begins_and_ends_on_the_clock_of_the_installation(
    period: str, starts: str, ends: str
) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    window = window_of(period, datetime(2026, 3, 31, 23, 59, 30, tzinfo=shanghai))
    assert [moment.replace(tzinfo=None).isoformat() for moment in (window.starts_at, window.ends_at)] == [
        starts,
        ends,
    ]


def test_a_new_period_begins_with_nothing_used(cast: Cast, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    _limit(cast, "person", "requests", 1, period="minute")
    ask(cast.mei.actor, "Who pays?")
    monkeypatch.setattr(quotas, "now", lambda: timezone.now() + timedelta(minutes=1))
    ask(cast.mei.actor, "Who pays?")
    assert [use["used"] for use in _own(cast)] == [1]


def _own(cast: Cast) -> list[dict[str, Any]]:
    with tenancy.scope(cast.hemu.pk):
        return own_use(cast.mei.actor)


def test_counts_of_old_periods_are_forgotten(cast: Cast, ask: Ask) -> None:
    _limit(cast, "person", "requests", 9, period="minute")
    _limit(cast, "person", "requests", 9, period="month")
    ask(cast.mei.actor, "Who pays?")
    with tenancy.scope(cast.hemu.pk):
        Usage.objects.update(starts_at=timezone.now() - timedelta(days=35))
    assert tidy() == 1
    with tenancy.scope(cast.hemu.pk):
        assert [row.period for row in Usage.objects.all()] == ["month"]


# Who sets them


def test_setting_and_removing_is_in_the_log(cast: Cast) -> None:
    actor = cast.lin.actor
    kind = {"target": "person", "measure": "requests", "period": "day"}
    row = services.set_quota(actor=actor, **kind, limit=5)
    services.set_quota(actor=actor, **kind, limit=5)
    services.set_quota(actor=actor, **kind, limit=6)
    services.remove_quota(actor=actor, quota=row)
    assert verbs_of(cast.hemu, subject=row.pk) == ["quota.set", "quota.set", "quota.removed"]
    with tenancy.scope(cast.hemu.pk):
        assert limits_of(cast.mei.actor) == []


@pytest.mark.parametrize("name", ["mei", "zhou", "ann"])
def test_only_an_administrator_sets_limits(cast: Cast, name: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.set_quota(
            actor=getattr(cast, name).actor, target="person", measure="requests", period="day", limit=5
        )
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"target": "planet"}, "target"),
        ({"measure": "joules"}, "measure"),
        ({"period": "century"}, "period"),
        ({"limit": -1}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": 2**60}, "limit"),
        ({"target": "organisation", "only_for": "x"}, "only_for"),
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    before = state_of(cast.hemu)
    kind = {"target": "person", "measure": "requests", "period": "day", "limit": 5, **wrong}
    with pytest.raises(InvalidInput) as caught:
        services.set_quota(actor=cast.lin.actor, **kind)
    assert list(caught.value.fields) == [field]
    assert state_of(cast.hemu) == before


def test_tokens_are_counted_alike_for_both_scripts() -> None:
    assert tokens_in("退货运费由谁承担") == 8
    assert tokens_in("Who pays for return shipping?") == 8
    assert tokens_in("", "") == 0
