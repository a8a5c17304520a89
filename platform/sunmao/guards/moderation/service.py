"""Asking an external moderation service. Without an address there is none, and nothing leaves the house."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import httpx
import structlog
from django.conf import settings

from sunmao.guards.moderation.breaker import Breaker
from sunmao.guards.moderation.shapes import Unreadable, request_of, verdict_of

log = structlog.get_logger(__name__)

Direction = Literal["question", "answer"]
LONGEST = 1_000_000
AGAIN = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Moderated:
    """`state`: `off` nobody was asked, `checked` the service answered, `failed` it did not.

    `blocked` follows from the verdict, or from SUNMAO_MODERATION_FAIL when there is none.
    """

    state: Literal["off", "checked", "failed"]
    blocked: bool
    categories: tuple[str, ...] = ()
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "blocked": self.blocked,
            "categories": list(self.categories),
            "reason": self.reason,
        }


OFF = Moderated(state="off", blocked=False)


def checks(direction: Direction) -> bool:
    options = settings.SUNMAO_MODERATION
    return bool(options["url"]) and direction in options["checks"]


def moderate(text: str, *, direction: Direction) -> Moderated:
    """Holds no database connection. Never raises: a service that fails is an outcome of its own."""
    if not checks(direction) or not text.strip():
        return OFF
    return _service(settings.SUNMAO_MODERATION).moderate(text, direction=direction)


class Service:
    """One connection pool and one breaker for each configuration."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._breaker = Breaker(failures=options["failures"], pause=options["pause"])
        self._client = httpx.Client(
            timeout=options["milliseconds"] / 1000,
            headers={"Authorization": f"Bearer {options['key']}"} if options["key"] else {},
            follow_redirects=False,
        )

    def moderate(self, text: str, *, direction: Direction) -> Moderated:
        if not self._breaker.allows():
            return self._without_verdict("paused")
        reason = "failed"
        for _ in range(self._options["retries"] + 1):
            try:
                verdict = verdict_of(self._options, self._asked(text, direction))
            except _Refused as refused:
                reason = str(refused)
                break
            except (httpx.HTTPError, ValueError) as error:
                reason = _reason(error)
                continue
            self._breaker.succeeded()
            return Moderated("checked", verdict.flagged, verdict.categories)
        self._breaker.failed()
        return self._without_verdict(reason)

    def _asked(self, text: str, direction: Direction) -> Any:
        began = time.monotonic()
        body = request_of(self._options, text=text, direction=direction)
        with self._client.stream("POST", self._options["url"], json=body) as response:
            if response.status_code in AGAIN:
                raise httpx.HTTPStatusError(
                    f"status_{response.status_code}", request=response.request, response=response
                )
            if response.status_code != 200:
                raise _Refused(f"status_{response.status_code}")
            return _json(response, until=began + self._options["milliseconds"] / 1000)

    def _without_verdict(self, reason: str) -> Moderated:
        log.warning("moderation_failed", reason=reason, fail=self._options["fail"])
        return Moderated("failed", self._options["fail"] == "closed", reason=reason)


class _Refused(Exception):
    """A status that asking again will not change."""


def _json(response: httpx.Response, *, until: float) -> Any:
    """Not more than a verdict can be long, nor later: a drip of bytes would keep any single read in time."""
    read = bytearray()
    for part in response.iter_bytes():
        read += part
        if len(read) > LONGEST:
            raise Unreadable("too_long")
        if time.monotonic() > until:
            raise httpx.ReadTimeout("slow", request=response.request)
    return httpx.Response(200, content=bytes(read)).json()


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.HTTPStatusError):
        return str(error)
    return "unreadable" if isinstance(error, ValueError) else "unreachable"


_making = threading.Lock()


def _service(options: Mapping[str, Any]) -> Service:
    with _making:
        return _made(json.dumps(options, sort_keys=True))


@cache
def _made(options: str) -> Service:
    return Service(json.loads(options))
