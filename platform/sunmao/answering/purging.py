"""What was asked and answered leaves when nothing vouches for it any more and no law keeps it.

A record goes after its entry, which the log keeps as long as its class asks; the database refuses it before
(`migrations/0005_records_leave_after_their_entry.py`). With the record go its question, what placeholders in
it stand for, its place among unanswered questions, and at last the conversation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast, Now

from sunmao.answering.mining.services import forget
from sunmao.answering.models import ENDED, AnswerRecord, Conversation, Exchange
from sunmao.audit import retention
from sunmao.audit import services as audit
from sunmao.audit.models import Entry
from sunmao.audit.subject import AuditLog
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.guards.personal import services as personal

RECORDS_AT_ONCE = 1000
COUNTED = ("records", "questions", "conversations")


def purge(actor: Actor) -> dict[str, int]:
    """How many records, questions and conversations left; an entry says so."""
    gone: Counter[str] = Counter()
    while records := _portion(actor):
        gone.update(records)
    with tenancy.scope(actor.organisation_id):
        gone += Counter(questions=_unanswered(), conversations=_empty())
        if gone:
            subject, counts = AuditLog(actor.organisation_id), {name: gone[name] for name in COUNTED}
            audit.record(actor=actor, verb="answers.purged", subject=subject, counts=counts)
    return dict(gone)


def _portion(actor: Actor) -> dict[str, int]:
    with tenancy.scope(actor.organisation_id):
        found = list(_outlived()[:RECORDS_AT_ONCE])
        records, exchanges = [record for record, _ in found], [exchange for _, exchange in found]
        forget(records)
        personal.forget_surrogates(about=exchanges)
        removed = _remove(records)
        Exchange.objects.filter(pk__in=exchanges).delete()
    return {"records": removed, "questions": len(exchanges)} if found else {}


def _outlived() -> QuerySet[AnswerRecord, tuple[UUID, UUID]]:
    """Records without their entry, oldest first, with their exchanges."""
    entry = Entry.objects.filter(
        verb="answer.recorded", subject_kind="answerrecord", subject_id=Cast(OuterRef("pk"), CharField())
    )
    old = AnswerRecord.objects.filter(created_at__lt=Now() - timedelta(days=retention.FLOOR_DAYS))
    return old.exclude(Exists(entry)).order_by("created_at").values_list("pk", "exchange_id")


def _remove(records: Sequence[UUID]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT answering_remove_records(%s)", [list(records)])
        [removed] = cursor.fetchone() or [0]
    return int(removed)


def _unanswered() -> int:
    """Questions that never got an account, by the class of what was asked."""
    moment, gone = now(), 0
    asked = Exchange.objects.filter(record=None, state__in=ENDED)
    for task in asked.order_by().values_list("task", flat=True).distinct():
        days = retention.days_of(retention.class_of_task(task))
        old = asked.filter(task=task, created_at__lt=moment - timedelta(days=days))
        names = list(old.values_list("pk", flat=True))
        personal.forget_surrogates(about=names)
        gone += Exchange.objects.filter(pk__in=names).delete()[0]
    return gone


def _empty() -> int:
    old = now() - timedelta(days=retention.FLOOR_DAYS)
    return Conversation.objects.filter(exchanges=None, updated_at__lt=old).delete()[0]
