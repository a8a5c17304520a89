"""One streamed answer over HTTP that can be given up at any moment, also before its first byte.

A thread reads, so that whoever waits can look at a stop flag and at the clock meanwhile. Giving up shuts the
socket down: that wakes the thread, and tells the server that nobody reads any more.
"""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx

from sunmao.inference.engines.openai_compatible import failures
from sunmao.inference.engines.openai_compatible.servers import Server
from sunmao.inference.errors import ModelServerFailure, ServerGarbled, ServerTooSlow

LOOK_SECONDS = 0.1
LARGEST_ERROR = 20_000
DONE = "[DONE]"


class GivenUp(Exception):  # noqa: N818  not an error: the asker went away
    """Nobody waits for the answer any more."""


class Broken(Exception):  # noqa: N818  told as an event of the stream
    """The connection ended before the answer did."""


class Call:
    def __init__(self, client: httpx.Client, server: Server, body: Mapping[str, Any]) -> None:
        self._client, self._server, self._body = client, server, body
        self._arrived: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._network: Any = None
        self._left = False
        threading.Thread(target=self._read, daemon=True, name="model-server").start()

    def chunks(
        self, *, stopped: Callable[[], bool], until: float, silence: float
    ) -> Iterator[dict[str, Any]]:
        """The chunks as they come. Raises a `ModelServerFailure`, `GivenUp`, or `Broken` in the middle."""
        heard, first = time.monotonic(), True
        try:
            while True:
                line = self._next(stopped, min(until, heard + silence), first=first)
                if line is None:
                    raise Broken
                heard = time.monotonic()
                if line == DONE:
                    return
                yield _parsed(line)
                first = False
        finally:
            self.leave()

    def _next(self, stopped: Callable[[], bool], until: float, *, first: bool) -> str | None:
        while True:
            if stopped():
                raise GivenUp
            left = until - time.monotonic()
            if left <= 0:
                raise ServerTooSlow if first else Broken
            try:
                found = self._arrived.get(timeout=min(left, LOOK_SECONDS))
            except queue.Empty:
                continue
            if isinstance(found, Exception):
                raise found
            return found

    def leave(self) -> None:
        """Idempotent; also of a call that has ended by itself."""
        self._left = True
        if self._network is not None:
            with suppress(OSError, AttributeError):
                self._network.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        url, trace = f"{self._server.url}/chat/completions", {"trace": self._trace}
        try:
            with self._client.stream(
                "POST", url, json=self._body, headers=self._server.headers, extensions=trace
            ) as response:
                if response.status_code != 200:
                    raise self._refused(response)
                for line in response.iter_lines():
                    if line.startswith("data:"):
                        self._arrived.put(line[5:].strip())
                    elif line.startswith(("{", "<")):
                        raise ServerGarbled  # a whole answer or a page, not a stream
            self._arrived.put(None)
        except ModelServerFailure as error:
            self._arrived.put(error)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            began = isinstance(error, httpx.ReadError | httpx.RemoteProtocolError)
            self._arrived.put(None if self._left or began else failures.of_exception(error))

    def _refused(self, response: httpx.Response) -> ModelServerFailure:
        body = b""
        for piece in response.iter_bytes():
            body += piece
            if len(body) > LARGEST_ERROR:
                break
        model = str(self._body["model"])
        return failures.of_status(
            response.status_code, response.headers, body.decode(errors="replace"), model=model
        )

    def _trace(self, name: str, info: Mapping[str, Any]) -> None:
        """httpx tells of the socket only here, and only of a connection that is new."""
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._network = info["return_value"]
            if self._left:
                self.leave()


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ServerGarbled from error
    if not isinstance(found, dict):
        raise ServerGarbled
    return found


__all__ = ["Broken", "Call", "GivenUp"]
