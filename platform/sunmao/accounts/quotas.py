"""Reserving use before work is run, and settling it afterwards.

A limit is a row, or a default of the settings. What counts against it is one statement per limit, so that any
number of processes share a limit without ever exceeding it by more than the one request that reaches it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.measures import Measure, Period, Target
from sunmao.accounts.models import Quota, Reservation, Usage
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import SunmaoError
from sunmao.core.ids import new_id


@dataclass(frozen=True, order=True, kw_only=True)
class Limit:
    """One limit as it holds for one subject; in one order, so that requests never wait in a ring."""

    target: str
    subject: str
    measure: str
    period: str
    limit: int


@dataclass(frozen=True)
class Window:
    starts_at: datetime
    ends_at: datetime


class QuotaExceeded(SunmaoError):
    code, status = "quota_exceeded", 429
    default_message = _("The limit of use is reached. It renews at the time given.")

    def __init__(self, limit: Limit, window: Window) -> None:
        super().__init__(
            fields={
                "limit": format_lazy(
                    _("{target}: {limit} {measure} {period}"),
                    target=Target(limit.target).label,
                    limit=limit.limit,
                    measure=Measure(limit.measure).label,
                    period=Period(limit.period).label,
                ),
                "renews_at": window.ends_at.isoformat(),
            }
        )
        self.retry_after = max(1, math.ceil((window.ends_at - now()).total_seconds()))


TAKE = """
    INSERT INTO accounts_usage AS u (id, organisation_id, subject, measure, period, starts_at, used, reserved)
    VALUES (%(id)s, %(organisation)s, %(subject)s, %(measure)s, %(period)s, %(starts_at)s, 0, %(amount)s)
    ON CONFLICT (organisation_id, subject, measure, period, starts_at)
    DO UPDATE SET reserved = u.reserved + EXCLUDED.reserved WHERE u.used + u.reserved < %(limit)s
    RETURNING u.id
"""


@transaction.atomic
def reserve(*, actor: Actor, work_id: UUID) -> None:
    """Hold one request, and the tokens that one usually takes, for a piece of work; all limits or none.

    Runs inside the actor's tenancy scope. Raises `QuotaExceeded`.
    """
    limits = limits_of(actor)
    if not limits:
        return
    moment = now()
    held = [_take(actor, limit, moment) for limit in limits]
    Reservation.objects.create(pk=work_id, held=held)


def _take(actor: Actor, limit: Limit, moment: datetime) -> dict[str, Any]:
    window = window_of(limit.period, moment)
    amount = 1 if limit.measure == Measure.REQUESTS else settings.SUNMAO_QUOTA_TOKENS_RESERVED
    values: dict[str, Any] = {
        "id": new_id(),
        "organisation": actor.organisation_id,
        "subject": limit.subject,
        "measure": limit.measure,
        "period": limit.period,
        "starts_at": window.starts_at,
        "amount": amount,
        "limit": limit.limit,
    }
    with connection.cursor() as cursor:
        row = None
        if limit.limit:
            cursor.execute(TAKE, values)
            row = cursor.fetchone()
    if row is None:
        raise QuotaExceeded(limit, window)
    return {"usage": str(row[0]), "measure": limit.measure, "amount": amount}


MORE = """
    UPDATE accounts_usage SET reserved = reserved + %(amount)s
    WHERE id = %(usage)s AND used + reserved < %(limit)s RETURNING id
"""


@transaction.atomic
def reserve_more(*, actor: Actor, work_id: UUID, times: int) -> None:
    """Work that has begun takes as many calls of a model: hold their tokens too, or raise `QuotaExceeded`.

    Runs inside the actor's tenancy scope. Work that holds nothing is not limited.
    """
    reservation = Reservation.objects.select_for_update().filter(pk=work_id).first()
    if times < 2 or reservation is None:
        return
    limits = {(one.subject, one.measure, one.period): one for one in limits_of(actor)}
    more = settings.SUNMAO_QUOTA_TOKENS_RESERVED * (times - 1)
    for held in reservation.held:
        usage = Usage.objects.get(pk=held["usage"])
        limit = limits.get((usage.subject, usage.measure, usage.period))
        if held["measure"] == Measure.REQUESTS or limit is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(MORE, {"amount": more, "usage": usage.pk, "limit": limit.limit})
            if cursor.fetchone() is None:
                raise QuotaExceeded(limit, window_of(limit.period, now()))
        held["amount"] += more
    reservation.save(update_fields=["held"])


@transaction.atomic
def settle(*, work_id: UUID, tokens: int) -> None:
    """The work is done: what was held becomes what was used. A second time changes nothing."""
    for one in _held(work_id):
        used = 1 if one["measure"] == Measure.REQUESTS else tokens
        Usage.objects.filter(pk=one["usage"]).update(
            reserved=F("reserved") - one["amount"], used=F("used") + used
        )


@transaction.atomic
def give_back(*, work_id: UUID) -> None:
    """The work came to nothing that the asker got: it does not count."""
    for one in _held(work_id):
        Usage.objects.filter(pk=one["usage"]).update(reserved=F("reserved") - one["amount"])


def _held(work_id: UUID) -> list[dict[str, Any]]:
    """What the work holds, once: whoever locks the row first has it."""
    reservation = Reservation.objects.select_for_update().filter(pk=work_id).first()
    if reservation is None:
        return []
    reservation.delete()
    held: list[dict[str, Any]] = reservation.held
    return held


def limits_of(actor: Actor) -> list[Limit]:
    """Every limit that counts this actor's requests, in one order."""
    if actor.kind == "system":
        return []
    rows = list(Quota.objects.filter(organisation_id=actor.organisation_id))
    return sorted(_applied(_subjects(actor), rows))


def _subjects(actor: Actor) -> dict[str, str]:
    subjects = {Target.ORGANISATION: str(actor.organisation_id)}
    if actor.kind == "api_key":
        subjects[Target.KEY] = f"api_key:{actor.id}"
    if actor.kind == "user" or actor.on_behalf_of:
        subjects[Target.PERSON] = counted_as(actor.subject, actor.organisation_id)
    return {str(target): subject for target, subject in subjects.items()}


def counted_as(subject: str, organisation_id: UUID) -> str:
    """How an `Actor.subject` is named in counts; of a channel's own name for somebody a digest is kept."""
    kind, _, name = subject.partition(":")
    if kind != "subject":
        return subject
    return f"subject:{hashlib.sha256(f'{organisation_id} {name}'.encode()).hexdigest()[:32]}"


def _applied(subjects: dict[str, str], rows: Iterable[Quota]) -> Iterator[Limit]:
    """Of several limits of one measure and period the one for this subject goes before the general row, and
    the row before the default of the settings."""
    general = {(one.target, one.measure, one.period): one.limit for one in settings.SUNMAO_QUOTAS}
    chosen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        if not row.subject:
            general[row.target, row.measure, row.period] = row.limit
        elif row.subject == subjects.get(row.target):
            chosen[row.target, row.measure, row.period] = row.limit
    for (target, measure, period), limit in (general | chosen).items():
        if target in subjects:
            yield Limit(target=target, subject=subjects[target], measure=measure, period=period, limit=limit)


def window_of(period: str, moment: datetime) -> Window:
    """The current minute, hour, day or month, on the clock of the installation's time zone."""
    local = timezone.localtime(moment)
    start = local.replace(second=0, microsecond=0)
    if period == Period.MINUTE:
        return Window(start, start + timedelta(minutes=1))
    start = start.replace(minute=0)
    if period == Period.HOUR:
        return Window(start, start + timedelta(hours=1))
    start = start.replace(hour=0)
    if period == Period.DAY:
        return Window(start, start + timedelta(days=1))
    start = start.replace(day=1)
    return Window(start, (start + timedelta(days=32)).replace(day=1))


def used(*, subject: str, measure: str, period: str) -> int:
    """What counts now, running work included."""
    window = window_of(period, now())
    row = Usage.objects.filter(
        subject=subject, measure=measure, period=period, starts_at=window.starts_at
    ).first()
    return row.used + row.reserved if row else 0


def own_use(actor: Actor) -> list[dict[str, Any]]:
    """The limits that hold for an actor, with what is used of them."""
    return [
        {
            "target": limit.target,
            "measure": limit.measure,
            "period": limit.period,
            "limit": limit.limit,
            "used": used(subject=limit.subject, measure=limit.measure, period=limit.period),
            "renews_at": window_of(limit.period, now()).ends_at.isoformat(),
        }
        for limit in limits_of(actor)
    ]


def highest_use(quota: Quota, organisation_id: UUID) -> int:
    """What is used of a limit now; of one that holds for each of many, by whoever used most."""
    subject = str(organisation_id) if quota.target == Target.ORGANISATION else quota.subject
    if subject:
        return used(subject=subject, measure=quota.measure, period=quota.period)
    starts_at = window_of(quota.period, now()).starts_at
    rows = Usage.objects.filter(measure=quota.measure, period=quota.period, starts_at=starts_at)
    keys = rows.filter(subject__startswith="api_key:")
    people = rows.exclude(subject__startswith="api_key:").exclude(subject=str(organisation_id))
    chosen = keys if quota.target == Target.KEY else people
    return max((row.used + row.reserved for row in chosen), default=0)
