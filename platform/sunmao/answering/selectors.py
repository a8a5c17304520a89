"""Reads of conversations and answers. People see their own; those who may, see all."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, QuerySet

from sunmao.answering.models import AnswerRecord, Conversation, Exchange
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference


def conversations_of(actor: Actor, *, vertical: str) -> QuerySet[Conversation]:
    return Conversation.objects.filter(
        organisation_id=actor.organisation_id, owner_id=actor.id, vertical=vertical
    )


def own_conversation(*, actor: Actor, conversation_id: object, vertical: str) -> Conversation:
    found = conversations_of(actor, vertical=vertical).filter(pk=reference(conversation_id)).first()
    if found is None:
        raise NotFound(code="unknown_conversation")
    return found


def own_exchange(*, actor: Actor, exchange_id: object) -> Exchange:
    exchanges = Exchange.objects.filter(organisation_id=actor.organisation_id, owner_id=actor.id)
    found = exchanges.select_related("conversation", "record").filter(pk=reference(exchange_id)).first()
    if found is None:
        raise NotFound
    return found


def visible_record(*, actor: Actor, record_id: object) -> AnswerRecord:
    records = AnswerRecord.objects.filter(organisation_id=actor.organisation_id)
    if not actor.can("answering.record.read_all"):
        records = records.filter(actor_id=actor.id)
    found = records.select_related("exchange").filter(pk=reference(record_id)).first()
    if found is None:
        raise NotFound
    return found


def unanswered(actor: Actor) -> QuerySet[AnswerRecord]:
    """What people asked and nobody could answer, newest first."""
    actor.require("answering.record.read_all")
    return AnswerRecord.objects.filter(organisation_id=actor.organisation_id, outcome="unanswered")


def quoted_spans(*, actor: Actor, record_id: object, passage_id: UUID) -> list[tuple[int, int]]:
    """Which parts of a passage an answer of this actor quoted; empty when it quoted none."""
    if not record_id:
        return []
    try:
        record = visible_record(actor=actor, record_id=record_id)
    except NotFound:
        return []
    stored = next((one for one in record.citations if one["passage_id"] == str(passage_id)), None)
    return [(start, end) for start, end in stored["spans"]] if stored else []


def exchanges_by_state() -> list[tuple[str, str, int]]:
    """(task, state, count) over all organisations, for the operator's metrics."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        return list(Exchange.objects.order_by().values_list("task", "state").annotate(count=Count("pk")))
