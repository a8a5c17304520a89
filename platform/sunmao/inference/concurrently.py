"""Several requests at once, for engines whose work is done elsewhere."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from sunmao.core.errors import SunmaoError
from sunmao.inference.engine import Event, Finished, GenerationRequest

log = structlog.get_logger(__name__)

AT_ONCE = 16


def concurrently(
    one: Callable[[GenerationRequest], Iterator[Event]], requests: Sequence[GenerationRequest]
) -> Iterator[tuple[int, Event]]:
    """Events as they come. One request alone needs no thread and raises; of several, one that fails ends as
    `dropped`. Whoever stops iterating stops them all."""
    if len(requests) <= 1:
        for index, request in enumerate(requests):
            for event in one(request):
                yield index, event
        return
    arrived: queue.SimpleQueue[tuple[int, Event]] = queue.SimpleQueue()
    gone = threading.Event()
    pool = ThreadPoolExecutor(min(AT_ONCE, len(requests)), thread_name_prefix="generate")
    try:
        for index, request in enumerate(requests):
            pool.submit(_collect, one, request, index, arrived, gone)
        left = len(requests)
        while left:
            index, event = arrived.get()
            left -= isinstance(event, Finished)
            yield index, event
    finally:
        gone.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _collect(
    one: Callable[[GenerationRequest], Iterator[Event]],
    request: GenerationRequest,
    index: int,
    arrived: queue.SimpleQueue[tuple[int, Event]],
    gone: threading.Event,
) -> None:
    ended = False
    try:
        for event in one(request):
            if gone.is_set():
                return
            ended = isinstance(event, Finished)
            arrived.put((index, event))
    except SunmaoError as error:
        log.warning("request_failed_among_others", code=error.code)
    except Exception:  # noqa: BLE001  the others go on, and this one must end
        log.exception("request_broke_among_others")
    finally:
        if not ended:
            arrived.put((index, Finished("dropped")))


__all__ = ["concurrently"]
