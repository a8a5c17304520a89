"""Who calls too often is told to wait, and for how long; the count is shared by all processes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from apps.api.throttles import Throttled, count
from sunmao.accounts import services
from sunmao.core import streams
from tests.fixtures import Cast, state_of

BASES = "/api/v1/bases"


@pytest.fixture
def slow(settings: Any, broker: object) -> None:
    settings.SUNMAO_API_RATE_KEY = (3, 60)
    settings.SUNMAO_API_RATE_PERSON = (2, 60)
    settings.SUNMAO_API_RATE_ADDRESS = (4, 3_600)


def _key(cast: Cast, name: str) -> Client:
    issued = services.create_api_key(actor=cast.lin.actor, name=name, role="knowledge_editor")
    return Client(headers={"x-api-key": issued.secret})


def _statuses(client: Client, times: int, path: str = BASES) -> list[int]:
    return [client.get(path).status_code for _ in range(times)]


@pytest.mark.usefixtures("slow")
def test_each_key_has_its_own_count(cast: Cast) -> None:
    first, second = _key(cast, "one"), _key(cast, "two")
    assert _statuses(first, 4) == [200, 200, 200, 429]
    assert _statuses(second, 3) == [200, 200, 200]


@pytest.mark.usefixtures("slow")
def test_a_refusal_says_how_long_to_wait_and_changes_nothing(cast: Cast) -> None:
    assert _statuses(cast.zhou.client, 2) == [200, 200]
    before = state_of(cast.hemu)
    response = cast.zhou.client.post(BASES, {"slug": "made"}, content_type="application/json")
    told = response.json()
    assert (response.status_code, told["code"], told["status"]) == (429, "throttled", 429)
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert state_of(cast.hemu) == before


@pytest.mark.usefixtures("slow")
def test_wrong_keys_are_counted_by_address(cast: Cast) -> None:
    wrong = Client(headers={"x-api-key": "sm_wrong"})
    assert _statuses(wrong, 5) == [401, 401, 401, 401, 429]
    assert _statuses(Client(), 1) == [429]
    assert _statuses(Client(REMOTE_ADDR="192.0.2.7"), 1) == [401]
    assert _statuses(_key(cast, "right"), 1) == [200]


@pytest.mark.usefixtures("slow")
def test_the_open_schema_is_counted_by_address(cast: Cast) -> None:
    assert _statuses(Client(), 5, "/api/schema") == [200, 200, 200, 200, 429]


@pytest.mark.usefixtures("slow", "no_broker")
def test_without_a_broker_nobody_is_refused(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    assert _statuses(_key(cast, "one"), 5) == [200] * 5
    assert "throttle_without_broker" in caplog.text


def test_waiting_as_long_as_told_is_enough(broker: object) -> None:
    rate = (4, 2)
    for _ in range(4):
        count("waiting", rate)
    with pytest.raises(Throttled) as caught:
        count("waiting", rate)
    assert caught.value.retry_after == 1
    time.sleep(0.6)
    count("waiting", rate)
    with pytest.raises(Throttled):
        count("waiting", rate)


def test_a_bucket_that_is_full_again_takes_no_room(broker: object) -> None:
    count("brief", (10, 1))
    assert streams.client().exists("throttle:brief") == 1
    time.sleep(0.25)
    assert streams.client().exists("throttle:brief") == 0
