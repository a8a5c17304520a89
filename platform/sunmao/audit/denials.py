"""Refusals of signed-in actors: noted, but never so often that refusals could flood the log.

One entry for each actor and address in a while, from all processes together, and at most so many for an
organisation; what was left out is counted in the next one. A refusal stands whether or not it can be noted.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections import OrderedDict
from threading import Lock

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sunmao.audit import services as audit
from sunmao.audit.errors import AuditUnavailable
from sunmao.audit.subject import Address
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor

log = structlog.get_logger(__name__)

FORBIDDEN = 403
REMEMBERED = 10_000
MOST_PER_ORGANISATION = 100  # in one window
_SPACE = uuid.UUID("6f0f6b0a-6a55-5d0c-9a60-4f3d3d1f6a11")


class _Window:
    """What this process noted lately: the stand-in when Redis is away, and the count of what was left out."""

    def __init__(self) -> None:
        self._noted: OrderedDict[str, float] = OrderedDict()
        self._left_out: dict[str, int] = {}
        self._shares: dict[uuid.UUID, tuple[float, int]] = {}
        self._lock = Lock()

    def admits(self, name: str, seconds: float) -> bool:
        with self._lock:
            moment = time.monotonic()
            if moment - self._noted.get(name, -seconds - 1) <= seconds:
                self._left_out[name] = self._left_out.get(name, 0) + 1
                return False
            self._noted[name] = moment
            self._noted.move_to_end(name)
            while len(self._noted) > REMEMBERED:
                old, _moment = self._noted.popitem(last=False)
                self._left_out.pop(old, None)
            return True

    def admits_share(self, organisation_id: uuid.UUID, seconds: float) -> bool:
        """The share of an organisation while Redis is away: this process's own."""
        with self._lock:
            began, count = self._shares.get(organisation_id, (time.monotonic(), 0))
            if time.monotonic() - began > seconds:
                began, count = time.monotonic(), 0
            self._shares[organisation_id] = (began, count + 1)
            return count < MOST_PER_ORGANISATION

    def left_out(self, name: str) -> int:
        with self._lock:
            return self._left_out.pop(name, 0)

    def clear(self) -> None:
        with self._lock:
            self._noted.clear()
            self._left_out.clear()
            self._shares.clear()


window = _Window()


def note(*, actor: Actor, method: str, route: str, permission: str = "", code: str = "") -> None:
    """An actor was refused at an address. `route` is the pattern of the address, without the ids in it."""
    seconds = settings.SUNMAO_AUDIT.denied_seconds
    name = hashlib.sha256(
        f"{actor.organisation_id}|{actor.subject}|{method}|{route}|{permission}".encode()
    ).hexdigest()[:32]
    if not window.admits(name, seconds) or not _first_anywhere(actor, name, seconds):
        return
    try:
        with tenancy.scope(actor.organisation_id):
            audit.record(
                actor=actor,
                verb="access.denied",
                subject=Address(uuid.uuid5(_SPACE, route)),
                method=method,
                route=route,
                permission=permission,
                code=code,
                left_out=window.left_out(name),
            )
    except (AuditUnavailable, DatabaseError):
        log.warning("denial_not_noted", route=route, exc_info=True)


def _first_anywhere(actor: Actor, name: str, seconds: float) -> bool:
    """False when another process noted it, or the organisation has had its share."""
    try:
        client = streams.client()
        if not client.set(f"audit:denied:{name}", "1", nx=True, ex=int(seconds)):
            return False
        counter = f"audit:denied:{actor.organisation_id}"
        count = int(client.incr(counter))
        if count == 1:
            client.expire(counter, int(seconds))
        return count <= MOST_PER_ORGANISATION
    except streams.AWAY:
        return window.admits_share(actor.organisation_id, seconds)


def note_response(request: HttpRequest, response: HttpResponseBase) -> None:
    """What every request passes on its way out."""
    if response.status_code != FORBIDDEN:
        return
    actor: Actor | None = getattr(request, "door_actor", None) or getattr(request, "actor", None)
    if not actor:  # nobody who signed in
        return
    told = getattr(response, "data", None)
    error = told if isinstance(told, dict) else {}
    match = request.resolver_match
    note(
        actor=actor,
        method=request.method or "",
        route=match.route if match else "",
        permission=str(error.get("fields", {}).get("permission", "")),
        code=str(error.get("code", "")),
    )
