"""Counts are kept in the database: of a name from one address, of a name, and of an address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from sunmao.accounts.signin import throttle
from sunmao.accounts.signin.models import Attempts
from tests.fixtures import Cast, state_of, verbs_of
from tests.fixtures.committed import Standing
from tests.sunmao.accounts.signin.people import PASSWORD, is_inside, sign_in, visitor, with_password

HOME, STRANGE = "192.0.2.7", "198.51.100.9"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2026-03-01T08:00:00+00:00")

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(throttle, "now", made)
    return made


@pytest.fixture
def mei(cast: Cast, settings: Any) -> Cast:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hundreds of tries
    settings.SUNMAO_SIGN_IN_MILLISECONDS = 0
    with_password(cast.mei.user)
    return cast


def _tries(count: int, *, name: str = "mei", address: str = HOME) -> list[int]:
    return [_try("wrong", name=name, address=address).status_code for _ in range(count)]


def _try(password: str, *, name: str = "mei", address: str = HOME) -> Any:
    return sign_in(visitor(REMOTE_ADDR=address), name, password)


def test_the_sixth_try_is_not_looked_at(mei: Cast, clock: Clock) -> None:
    assert _tries(6) == [200, 200, 200, 200, 200, 429]
    response = _try(PASSWORD)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "30")
    assert "Wait 30 seconds" in response.content.decode()


def test_each_further_failure_doubles_the_wait_up_to_an_hour(mei: Cast, clock: Clock) -> None:
    _tries(5)
    waits = []
    for _ in range(9):
        waits.append(int(_try("wrong").headers["Retry-After"]))
        clock.forward(waits[-1])
        assert _try("wrong").status_code == 200
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_the_right_password_gives_the_tries_back(mei: Cast, clock: Clock) -> None:
    for _ in range(4):
        assert _tries(4) == [200] * 4
        assert _try(PASSWORD).status_code == 302


def test_a_day_later_everything_is_forgotten(mei: Cast, clock: Clock) -> None:
    _tries(5)
    clock.forward(24 * 3600 + 1)
    assert _tries(5) == [200] * 5


def test_another_person_at_the_same_address_is_not_held(mei: Cast, clock: Clock) -> None:
    with_password(mei.lin.user)
    _tries(6)
    assert _try(PASSWORD, name="lin").status_code == 302


def test_another_spelling_of_the_name_is_the_same_name(mei: Cast, clock: Clock) -> None:
    _tries(3)
    assert _tries(3, name="MEI") == [200, 200, 429]


def test_guessing_from_many_addresses_holds_the_name_everywhere(mei: Cast, clock: Clock) -> None:
    addresses = [f"203.0.113.{number}" for number in range(30)]
    statuses = [_try("wrong", address=address).status_code for address in addresses]
    assert statuses == [200] * 25 + [429] * 5
    assert _try(PASSWORD, address=STRANGE).status_code == 429


def test_but_not_where_the_person_got_in_lately(mei: Cast, clock: Clock) -> None:
    assert _try(PASSWORD, address=HOME).status_code == 302
    for number in range(30):
        _try("wrong", address=f"203.0.113.{number}")
    assert _try(PASSWORD, address=STRANGE).status_code == 429
    assert _try(PASSWORD, address=HOME).status_code == 302


def test_one_address_that_tries_many_names_is_held(mei: Cast, clock: Clock) -> None:
    statuses = [_try("wrong", name=f"guess-{number}").status_code for number in range(105)]
    assert statuses == [200] * 100 + [429] * 5


def test_one_good_account_does_not_free_the_address(mei: Cast, clock: Clock) -> None:
    statuses = []
    for number in range(105):
        statuses.append(_try("wrong", name=f"guess-{number}").status_code)
        if number % 10 == 9 and statuses[-1] == 200:
            assert _try(PASSWORD).status_code in (302, 429)
    assert statuses[-1] == 429


def test_a_household_of_ipv6_is_one_place(mei: Cast, clock: Clock) -> None:
    addresses = [f"2001:db8:1:2::{number:x}" for number in range(1, 7)]
    assert [_try("wrong", address=address).status_code for address in addresses] == [200] * 5 + [429]
    assert throttle.place("2001:db8:1:2::1") != throttle.place("2001:db8:1:3::1")


def test_an_unknown_name_is_held_like_a_known_one(mei: Cast, clock: Clock) -> None:
    assert _tries(6, name="nobody") == [200, 200, 200, 200, 200, 429]


def test_the_table_names_nobody(mei: Cast, clock: Clock) -> None:
    _tries(2)
    kept = " ".join(Attempts.objects.values_list("key", flat=True))
    assert "mei" not in kept
    assert HOME not in kept
    assert Attempts.objects.count() == 3


# What is written down


def test_failures_and_the_lock_are_in_the_audit_log(mei: Cast, clock: Clock) -> None:
    before, elsewhere = verbs_of(mei.hemu), state_of(mei.qinghe)
    _tries(6)
    assert verbs_of(mei.hemu)[len(before) :] == ["sign_in.failed"] * 4 + ["sign_in.locked"]
    assert state_of(mei.qinghe) == elsewhere


def test_an_unknown_name_is_in_no_organisations_log_but_in_the_security_log(
    mei: Cast, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    before = state_of(mei.hemu), state_of(mei.qinghe)
    with caplog.at_level("WARNING", logger="sunmao.security"):
        _try("hunter2", name="my secret password")
    assert (state_of(mei.hemu), state_of(mei.qinghe)) == before
    said = " ".join(str(record.msg) for record in caplog.records if record.name == "sunmao.security")
    assert "sign_in.failed" in said
    assert "unknown_person" in said
    assert "my secret password" not in said
    assert "hunter2" not in said


def test_a_success_is_written_down_with_how_it_was_opened(mei: Cast) -> None:
    _try(PASSWORD)
    assert verbs_of(mei.hemu, subject=mei.mei.user.pk)[-1] == "sign_in.succeeded"


def test_old_counts_are_swept(mei: Cast, clock: Clock) -> None:
    _tries(2)
    throttle.spend(kind="code", value="x", until=clock() + timedelta(minutes=2))
    clock.forward(31 * 24 * 3600)
    throttle.sweep()
    assert Attempts.objects.count() == 0
    assert throttle.spend(kind="code", value="x", until=clock())


def test_the_lock_holds_when_the_broker_is_away(mei: Cast, clock: Clock, no_broker: None) -> None:
    assert _tries(6)[-1] == 429
    assert not is_inside(visitor())


def test_many_at_once_get_no_free_try(standing: Standing) -> None:
    """Each thread has a connection of its own, as each web process has."""
    name, outcomes = standing.organisation.slug, list[str]()
    start = threading.Barrier(16)

    def guess() -> None:
        start.wait()
        try:
            throttle.try_name(name=name, address=HOME)
            outcomes.append("looked at")
        except throttle.TooManyTries:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    throttle.unlock(name=name, user_id="")
    assert sorted(outcomes) == ["looked at"] * 5 + ["refused"] * 11


def test_a_code_is_spent_once_by_many_at_once(standing: Standing) -> None:
    value, outcomes = str(standing.organisation.pk), list[bool]()
    start = threading.Barrier(8)

    def spend() -> None:
        start.wait()
        until = datetime.now(UTC) + timedelta(minutes=2)
        outcomes.append(throttle.spend(kind="code", value=value, until=until))
        connection.close()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]
