"""Asking a model server: what is safe is tried again, what is down is left alone, what broke off says so.

Nothing is tried again after the first piece of an answer: a second answer would contradict what was read. A
connection that breaks in the middle ends with `Finished("dropped")`, and whoever asked decides what to do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx
from django.conf import settings

from sunmao.inference import capabilities
from sunmao.inference.concurrently import concurrently
from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest
from sunmao.inference.engines.openai_compatible import adapters
from sunmao.inference.engines.openai_compatible.call import Broken, Call, GivenUp
from sunmao.inference.engines.openai_compatible.reading import Reading
from sunmao.inference.engines.openai_compatible.servers import Server, configured
from sunmao.inference.engines.openai_compatible.wire import body_of
from sunmao.inference.errors import ModelServerFailure, ServerBusy, ServerResting

CONNECT_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0


class OpenAiCompatibleEngine:
    name = "openai"
    generative = True

    def __init__(self) -> None:
        self.servers = configured()
        self.model: str = self.servers[0].model
        can = set(settings.SUNMAO_OPENAI_CAN)
        self.capabilities = Capabilities(
            adapters="adapters" in can, schema="schema" in can, tools="tools" in can, images="images" in can
        )
        # A connection for each answer: giving one up means closing it, and the answer takes seconds anyway.
        self._client = httpx.Client(
            timeout=httpx.Timeout(settings.SUNMAO_ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return concurrently(self._write, requests)

    def _write(self, request: GenerationRequest) -> Iterator[Event]:
        capabilities.require(self._with_adapters(request), request)
        deadline = request.deadline or time.monotonic() + settings.SUNMAO_ANSWER_SECONDS
        last: ModelServerFailure = ServerResting()
        for server in self.servers:
            if not server.breaker.allows():
                continue
            try:
                yield from self._patiently(server, request, deadline)
            except ModelServerFailure as error:
                last = error
                if not error.elsewhere or time.monotonic() >= deadline:
                    break
            else:
                return
        raise last

    def _with_adapters(self, request: GenerationRequest) -> OpenAiCompatibleEngine:
        """A server that lists an adapter by this name can use it, whatever the settings say."""
        if request.adapter and not self.capabilities.adapters and adapters.has(self.servers, request.adapter):
            self.capabilities = replace(self.capabilities, adapters=True)
        return self

    def _patiently(self, server: Server, request: GenerationRequest, deadline: float) -> Iterator[Event]:
        """With further attempts as long as nothing has come."""
        for attempt in range(settings.SUNMAO_OPENAI_RETRIES + 1):
            try:
                yield from self._attempt(server, request, deadline)
                server.breaker.succeeded()
                return
            except GivenUp:
                server.breaker.succeeded()
                yield Finished("cancelled")
                return
            except ModelServerFailure as error:
                if error.counts:
                    server.breaker.failed()
                if not error.again or attempt == settings.SUNMAO_OPENAI_RETRIES:
                    raise
                if not _rest(_pause(error, attempt), request, deadline):
                    raise

    def _attempt(self, server: Server, request: GenerationRequest, deadline: float) -> Iterator[Event]:
        """Raises `GivenUp` or a failure before the first event, and nothing after it."""
        call = Call(self._client, server, body_of(request, model=server.model))
        reading, told = Reading(), False
        until, silence = deadline, float(settings.SUNMAO_OPENAI_SILENCE_SECONDS)
        try:
            for chunk in call.chunks(stopped=request.stopped, until=until, silence=silence):
                for event in reading.events(chunk):
                    told = True
                    yield event
        except (Broken, GivenUp, ModelServerFailure) as ended:
            if reading.reason is None:
                if not told:
                    raise (ModelServerFailure() if isinstance(ended, Broken) else ended) from ended
                yield reading.finished("cancelled" if isinstance(ended, GivenUp) else "dropped")
                return
        if reading.reason is None and not told and not reading.has_calls:
            raise ModelServerFailure
        yield from reading.last()


def _pause(error: ModelServerFailure, attempt: int) -> float:
    """Twice as long each time, with some chance in it so that many askers do not come back together."""
    asked = error.pause if isinstance(error, ServerBusy) else None
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
    return asked if asked is not None else longest * random.uniform(0.5, 1.0)  # noqa: S311


def _rest(seconds: float, request: GenerationRequest, deadline: float) -> bool:
    """False when there is no time for it; raises `GivenUp` when nobody waits any more."""
    end = time.monotonic() + seconds
    if seconds > LONGEST_PAUSE or end >= deadline:
        return False
    while (left := end - time.monotonic()) > 0:
        if request.stopped():
            raise GivenUp
        time.sleep(min(left, 0.1))
    return True


__all__ = ["OpenAiCompatibleEngine"]
