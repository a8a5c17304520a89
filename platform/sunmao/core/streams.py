"""Events from a worker to whoever listens, through Redis streams.

A stream is short-lived: what must last is a row. A listener that comes late or comes back reads from the id
of the last event it saw.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
import redis.asyncio
import structlog
from django.conf import settings

from sunmao.core.errors import Unavailable

LIFETIME_SECONDS = 600
BEGINNING = "0-0"
_POLL_MILLISECONDS = 1000


AWAY = (redis.ConnectionError, redis.TimeoutError)

log = structlog.get_logger(__name__)


class BrokerUnavailable(Unavailable):
    code = "broker_unavailable"


@dataclass(frozen=True)
class StreamEvent:
    id: str
    kind: str
    data: dict[str, Any]


@cache
def client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, socket_connect_timeout=2)


def publish(name: str, kind: str, data: dict[str, Any]) -> None:
    """Best effort: what must last is a row, and losing a listener must not lose the work."""
    pipe = client().pipeline(transaction=False)
    pipe.xadd(f"events:{name}", {"kind": kind, "data": json.dumps(data, ensure_ascii=False)}, maxlen=5000)
    pipe.expire(f"events:{name}", LIFETIME_SECONDS)
    try:
        pipe.execute()
    except AWAY:
        log.warning("event_not_published", stream=name, kind=kind)


COALESCE_SECONDS = 0.02


class Publisher:
    """Publishes what one worker says, words that come fast several at once.

    The first words go out at once; those that follow within a fiftieth of a second wait for its end, so that
    a fast model costs the broker fifty messages a second and not a thousand. Everything keeps its order.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._words: list[str] = []
        self._sent_at = 0.0
        self._timer: threading.Timer | None = None

    def __call__(self, kind: str, data: dict[str, Any]) -> None:
        with self._lock:
            if kind != "token":
                self._flush()
                publish(self._name, kind, data)
                return
            self._words.append(data["text"])
            left = self._sent_at + COALESCE_SECONDS - time.monotonic()
            if left <= 0:
                self._flush()
            elif self._timer is None:
                self._timer = threading.Timer(left, self._late)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Everything is out."""
        with self._lock:
            self._flush()

    def _late(self) -> None:
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._words:
            words, self._words, self._sent_at = "".join(self._words), [], time.monotonic()
            publish(self._name, "token", {"text": words})


def listen(name: str, *, seconds: float, after: str = BEGINNING) -> Iterator[StreamEvent]:
    """Events in order until the caller stops iterating, or until none came for `seconds`."""
    waited = 0.0
    while waited < seconds:
        try:
            found = client().xread({f"events:{name}": after}, block=_POLL_MILLISECONDS)
        except AWAY as error:
            raise BrokerUnavailable from error
        if not found:
            waited += _POLL_MILLISECONDS / 1000
            continue
        waited = 0.0
        for event in _events(found):
            after = event.id
            yield event


async def follow(name: str, *, after: str = BEGINNING) -> AsyncGenerator[StreamEvent | None]:
    """The same for an event stream to a browser; None when nothing came for a second."""
    connection = redis.asyncio.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    try:
        while True:
            try:
                found = await connection.xread({f"events:{name}": after}, block=_POLL_MILLISECONDS)
            except AWAY as error:
                raise BrokerUnavailable from error
            if _is_cancelled():
                raise asyncio.CancelledError
            if not found:
                yield None
                continue
            for event in _events(found):
                after = event.id
                yield event
    finally:
        await connection.aclose()


def _is_cancelled() -> bool:
    """A cancellation that comes while a command is being sent can get lost in the client (`wait_for` of
    Python 3.11); the listener would then listen for ever to what nobody reads."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _events(found: Any) -> list[StreamEvent]:
    entries = found[0][1] if isinstance(found, list) else next(iter(found.values()))
    entries = entries[0] if entries and isinstance(entries[0], list) else entries
    return [StreamEvent(place, fields["kind"], json.loads(fields["data"])) for place, fields in entries]


def forget(names: Sequence[str]) -> None:
    """Remove what streams of these names still hold, also from the broker's file, which only grows.

    A broker that is away drops them when they are ten minutes old.
    """
    if not names:
        return
    try:
        client().delete(*(f"{kind}:{name}" for name in names for kind in ("events", "flag")))
        with suppress(redis.ResponseError):  # it keeps no file, or is rewriting it already
            client().bgrewriteaof()
    except AWAY:
        log.warning("streams_not_forgotten", count=len(names))


def raise_flag(name: str) -> None:
    try:
        client().set(f"flag:{name}", "1", ex=LIFETIME_SECONDS)
    except AWAY as error:
        raise BrokerUnavailable from error


def flag_is_up(name: str) -> bool:
    """A broker that is away has no flags."""
    try:
        return bool(client().exists(f"flag:{name}"))
    except AWAY:
        return False


WORKER_ALIVE = "worker:alive"
WORKER_ALIVE_SECONDS = 20


def worker_is_alive() -> bool:
    try:
        return bool(client().exists(WORKER_ALIVE))
    except AWAY:
        return False


def sign_of_life() -> None:
    """An interactive worker says that it is there; health reads it."""
    client().set(WORKER_ALIVE, "1", ex=WORKER_ALIVE_SECONDS)
