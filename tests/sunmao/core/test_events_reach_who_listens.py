"""Events between processes: in order, from where a listener left off, gone after a while."""

from __future__ import annotations

import pytest

from sunmao.core import streams
from sunmao.core.streams import BrokerUnavailable, flag_is_up, listen, publish, raise_flag

pytestmark = pytest.mark.usefixtures("broker")


def test_a_late_listener_hears_everything_in_order() -> None:
    for number in range(3):
        publish("a", "token", {"text": f"词{number}"})
    assert [event.data["text"] for event in listen("a", seconds=1)] == ["词0", "词1", "词2"]


def test_a_listener_goes_on_where_it_left_off() -> None:
    for number in range(3):
        publish("a", "token", {"number": number})
    first = next(listen("a", seconds=1))
    assert [event.data["number"] for event in listen("a", seconds=1, after=first.id)] == [1, 2]


def test_streams_do_not_mix() -> None:
    publish("a", "token", {})
    assert list(listen("b", seconds=1)) == []


def test_events_do_not_stay_for_ever() -> None:
    publish("a", "token", {})
    raise_flag("a")
    lifetimes = [int(str(streams.client().ttl(name))) for name in ("events:a", "flag:a")]
    assert all(0 < seconds <= streams.LIFETIME_SECONDS for seconds in lifetimes)


def test_a_flag_is_up_for_its_name_only() -> None:
    raise_flag("a")
    assert (flag_is_up("a"), flag_is_up("b")) == (True, False)


@pytest.mark.usefixtures("no_broker")
def test_listening_without_a_broker_is_told() -> None:
    with pytest.raises(BrokerUnavailable) as caught:
        next(listen("a", seconds=1))
    assert (caught.value.code, caught.value.status) == ("broker_unavailable", 503)
