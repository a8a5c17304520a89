"""An answer as it comes about, for doors that serve many listeners at once: no thread waits for any of them.

Whoever stops listening before the end stops the engine: nobody would read what it writes.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

from asgiref.sync import sync_to_async

from sunmao.answering import services
from sunmao.answering.models import Exchange
from sunmao.core import streams, tenancy
from sunmao.core.streams import BEGINNING, StreamEvent

CHECK_SECONDS = 3


async def events(*, exchange: Exchange, after: str = BEGINNING) -> AsyncGenerator[StreamEvent | None]:
    """As `services.events`; None when nothing came for a second, so that a door can show that it is alive."""
    began = checked = time.monotonic()
    asker, over = services.Asker(exchange), exchange.has_ended
    try:
        if over:
            return
        followed = streams.follow(str(exchange.pk), after=after)
        async for event in followed:
            if event is not None and event.kind in ("done", "failed"):
                over = True
                await followed.aclose()
                return
            yield event
            if time.monotonic() - checked > CHECK_SECONDS:
                checked = time.monotonic()
                if await sync_to_async(_over)(exchange, asker, checked - began):
                    over = True
                    return
    finally:
        if not over:
            services.stop(exchange=exchange)  # at once: whoever is cancelled cannot wait


def _over(exchange: Exchange, asker: services.Asker, waited: float) -> bool:
    """The row has ended without us hearing of it, or nobody began. Raises when the asker may not go on."""
    try:
        if services.ended(exchange=exchange):
            return True
        asker.check()
        if waited > services.PICK_UP_SECONDS:
            services.give_up_when_nobody_began(exchange=exchange)
        return exchange.has_ended
    finally:
        tenancy.give_back()


__all__ = ["events"]
