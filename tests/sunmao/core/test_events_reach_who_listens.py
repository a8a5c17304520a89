"""Events between processes: in order, from where a listener left off, gone after a while."""

from __future__ import annotations

import asyncio
import time

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


def test_the_first_words_go_out_at_once_and_fast_ones_several_at_once() -> None:
    say = streams.Publisher("a")
    say("token", {"text": "one "})
    assert [event.data["text"] for event in listen("a", seconds=1)] == ["one "]
    for word in ("two ", "three "):
        say("token", {"text": word})
    say("step", {"name": "checked"})
    say("token", {"text": "four"})
    say.close()
    heard = [(event.kind, event.data) for event in listen("a", seconds=1)]
    assert "".join(data["text"] for kind, data in heard if kind == "token") == "one two three four"
    place = [kind for kind, _ in heard].index("step")
    assert "".join(data["text"] for kind, data in heard[:place] if kind == "token") == "one two three "


def test_words_do_not_wait_for_a_next_one() -> None:
    say = streams.Publisher("a")
    say("token", {"text": "one "})
    say("token", {"text": "two"})
    time.sleep(0.2)
    assert "".join(event.data["text"] for event in listen("a", seconds=1)) == "one two"


def test_a_listener_that_is_cancelled_the_moment_it_hears_something_ends() -> None:
    async def hear(heard: asyncio.Event) -> None:
        async for _event in streams.follow("a"):
            heard.set()

    async def leave() -> bool:
        heard = asyncio.Event()
        listening = asyncio.create_task(hear(heard))
        talking = asyncio.create_task(_talk())
        await heard.wait()
        listening.cancel()
        done, _ = await asyncio.wait([listening], timeout=2)
        talking.cancel()
        listening.cancel()
        return listening in done

    async def _talk() -> None:
        for _ in range(200):
            await asyncio.to_thread(publish, "a", "token", {"text": "a"})
            await asyncio.sleep(0.01)

    assert [asyncio.run(leave()) for _ in range(5)] == [True] * 5
