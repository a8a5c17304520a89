"""How often a key, a person or an address may call. Counted in Redis, which all processes share.

Each caller has a bucket that refills evenly (the generic cell rate algorithm), on the clock of Redis, so that
neither a minute's end nor a process's clock lets a burst through. Without Redis nobody is refused: the limits
of use that cost money are kept in the database (`sunmao.accounts.quotas`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from sunmao.core import streams
from sunmao.core.actor import Actor
from sunmao.core.errors import SunmaoError
from sunmao.core.origin import client_address

if TYPE_CHECKING:  # REST framework's views import this module
    from rest_framework.views import APIView

log = structlog.get_logger(__name__)

# KEYS: the bucket. ARGV: microseconds between two calls, microseconds that a burst may be ahead.
# Gives the microseconds to wait, 0 when the call may pass.
_CALL = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[1]
local wait = due - ARGV[2] - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
return 0
"""


class Throttled(SunmaoError):
    code, status = "throttled", 429
    default_message = _("Too many requests. Wait a little and try again.")

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.retry_after = max(1, math.ceil(seconds))


class CallerThrottle(BaseThrottle):
    """By key or person; by address for whoever is neither."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        actor = cast("Actor | None", request.user)
        if actor is None:
            count_address(request.META)
        elif actor.kind == "api_key":
            count(f"key:{actor.id}", settings.SUNMAO_API_RATE_KEY)
        else:
            count(f"person:{actor.id}", settings.SUNMAO_API_RATE_PERSON)
        return True


def count_address(meta: Mapping[str, Any]) -> None:
    """Also for those whose key was wrong: guessing and flooding get slower."""
    count(f"address:{client_address(meta)}", settings.SUNMAO_API_RATE_ADDRESS)


def count(name: str, rate: tuple[int, int] | None) -> None:
    """Count a call. Raises `Throttled` when the bucket is empty; `rate` is (calls, seconds)."""
    if rate is None:
        return
    calls, seconds = rate
    try:
        call = streams.client().register_script(_CALL)
        wait = call(keys=[f"throttle:{name}"], args=[seconds * 1_000_000 // calls, seconds * 1_000_000])
    except RedisError as error:
        log.warning("throttle_without_broker", reason=type(error).__name__)
        return
    if wait:
        raise Throttled(int(cast(int, wait)) / 1_000_000)


__all__ = ["CallerThrottle", "Throttled", "count", "count_address"]
