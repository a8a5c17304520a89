"""A second place for every entry, and a place for heads that whoever runs the database cannot reach.

Sealed entries are delivered in the order of the chain, at least once, outside of the request that wrote them.
A mark in the database remembers how far each organisation has come, so that nothing is lost while a sink is
away. With `sink_blocks` nothing more is changed once it is too far behind.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection

from sunmao.audit.errors import AuditUnavailable
from sunmao.audit.models import Delivery, Seal
from sunmao.core import tenancy
from sunmao.core.clock import now

log = structlog.get_logger(__name__)

ASKED_EVERY = 2.0
SEALS_AT_ONCE = 20
_BEHIND = """
    SELECT min(s.sealed_at) FROM audit_seal s
    WHERE s.number > coalesce((SELECT d.number FROM audit_delivery d WHERE d.sink = %s), 0)
"""


@dataclass(frozen=True)
class SinkState:
    """`behind` is the age of the oldest seal that was not delivered, in seconds."""

    behind: float
    error: str
    delivered_at: datetime | None
    blocks: bool


def mark_of(kind: str, address: str) -> str:
    """A sink's mark is not called by its address, which may hold a password. A new address begins anew."""
    return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"


_asked: dict[uuid.UUID, tuple[float, bool]] = {}


def refuse_when_blocked() -> None:
    """Raises `AuditUnavailable` while the second sink is too far behind, when the settings want that."""
    audit = settings.SUNMAO_AUDIT
    if not (audit.sink and audit.sink_blocks):
        return
    organisation_id = tenancy.current_organisation_id()
    asked, blocked = _asked.get(organisation_id, (-ASKED_EVERY, False))
    if time.monotonic() - asked > ASKED_EVERY:
        blocked = _behind() > audit.sink_lag
        _asked[organisation_id] = (time.monotonic(), blocked)
    if blocked:
        raise AuditUnavailable


def _behind() -> float:
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [mark_of("entries", settings.SUNMAO_AUDIT.sink)])
        row = cursor.fetchone()
    oldest: datetime | None = row[0] if row else None
    return (now() - oldest).total_seconds() if oldest else 0.0


def state_of_sink() -> SinkState | None:
    """None when no second sink is configured."""
    audit = settings.SUNMAO_AUDIT
    if not audit.sink:
        return None
    mark = Delivery.objects.filter(sink=mark_of("entries", audit.sink)).first()
    behind = _behind()
    return SinkState(
        behind=behind,
        error=mark.error if mark else "",
        delivered_at=mark.at if mark else None,
        blocks=audit.sink_blocks and behind > audit.sink_lag,
    )


def deliver(
    organisation_id: uuid.UUID, *, kind: str, address: str, send: Callable[[list[Seal]], None]
) -> int:
    """Send what is new since the mark, and move the mark on. Returns the number of seals.

    A sink that fails keeps its mark: the same seals come again. The reason stands in the mark.
    """
    name, sent = mark_of(kind, address), 0
    with tenancy.scope(organisation_id):
        if not _alone(organisation_id, name):
            return 0
        mark, _made = Delivery.objects.get_or_create(sink=name)
        try:
            while seals := list(Seal.objects.filter(number__gt=mark.number).defer("entries")[:SEALS_AT_ONCE]):
                send(seals)
                mark.number, mark.at, mark.error = seals[-1].number, now(), ""
                sent += len(seals)
        except (OSError, ValueError) as error:
            mark.error = f"{type(error).__name__}: {error}"[:200]
            log.warning("audit_sink_failed", kind=kind, organisation=str(organisation_id), error=mark.error)
        if sent or mark.error:
            mark.save()
    return sent


def is_due(organisation_id: uuid.UUID, *, kind: str, address: str, every: float) -> bool:
    with tenancy.scope(organisation_id):
        mark = Delivery.objects.filter(sink=mark_of(kind, address)).first()
    return mark is None or mark.at is None or mark.at < now() - timedelta(seconds=every)


def _alone(organisation_id: uuid.UUID, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"audit:{organisation_id}:{name}"]
        )
        row = cursor.fetchone()
    return bool(row and row[0])
