"""Whoever closes the page while an answer is written stops the engine, within a second."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from sunmao.answering import pages
from sunmao.answering.models import Exchange
from sunmao.answering.streaming import Relay
from sunmao.core import streams
from sunmao.core.ids import new_id


def _relay(exchange_id: UUID) -> Relay:
    return Relay(
        exchange=Exchange(pk=exchange_id, organisation_id=new_id(), state="running"), after="", language="en"
    )


def test_a_page_that_is_closed_raises_the_flag_within_a_second(broker: object) -> None:
    name = new_id()
    streams.publish(str(name), "token", {"text": "A word."})

    async def read_and_leave() -> tuple[str, float]:
        heard: list[str] = []

        async def read() -> None:
            async for message in pages._closing(_relay(name)):
                heard.append(message)

        task = asyncio.create_task(read())
        while not heard and not task.done():
            await asyncio.sleep(0.01)
        assert not task.done(), task.exception()
        await asyncio.sleep(0.2)  # it waits for the next word
        left = time.monotonic()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return heard[0], time.monotonic() - left

    message, seconds = asyncio.run(read_and_leave())
    assert "A word." in message
    assert streams.flag_is_up(str(name))
    assert seconds < 1.0


def test_a_reader_who_stays_to_the_end_stops_nothing(broker: object) -> None:
    name = new_id()

    class Over(Relay):
        async def messages(self):  # type: ignore[no-untyped-def]
            yield "event: done\n\n"

    async def read() -> list[str]:
        relay = Over(
            exchange=Exchange(pk=name, organisation_id=new_id(), state="running"), after="", language="en"
        )
        return [message async for message in pages._closing(relay)]

    assert asyncio.run(read()) == ["event: done\n\n"]
    assert not streams.flag_is_up(str(name))
