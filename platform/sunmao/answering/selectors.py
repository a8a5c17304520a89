"""Reads of conversations and answers. People see their own; those who may, see all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from sunmao.answering.models import AnswerRecord, Conversation, Exchange
from sunmao.answering.policies import accounts_of_all
from sunmao.answering.privacy import for_asker
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.knowledge.models import Passage
from sunmao.knowledge.selectors import removed_passage


def _own(actor: Actor, owner: str = "owner_id") -> dict[str, Any]:
    """A channel that speaks for one of its people sees what is that person's, not what is anybody's."""
    own = {"organisation_id": actor.organisation_id, owner: actor.id}
    return own | {"person_key__in": persons.keys_of(actor.subject)} if actor.on_behalf_of else own


def conversations_of(actor: Actor, *, vertical: str) -> QuerySet[Conversation]:
    return Conversation.objects.filter(**_own(actor), vertical=vertical)


def own_conversation(*, actor: Actor, conversation_id: object, vertical: str) -> Conversation:
    found = conversations_of(actor, vertical=vertical).filter(pk=reference(conversation_id)).first()
    if found is None:
        raise NotFound(code="unknown_conversation")
    return found


def resolve_conversation(*, actor: Actor, reference: object, vertical: str) -> Conversation:
    return own_conversation(actor=actor, conversation_id=reference, vertical=vertical)


def resolve_exchange(*, actor: Actor, reference: object) -> Exchange:
    return own_exchange(actor=actor, exchange_id=reference)


def resolve_record(*, actor: Actor, reference: object) -> AnswerRecord:
    return visible_record(actor=actor, record_id=reference)


def own_exchange(*, actor: Actor, exchange_id: object) -> Exchange:
    exchanges = Exchange.objects.filter(**_own(actor))
    found = exchanges.select_related("conversation", "record").filter(pk=reference(exchange_id)).first()
    if found is None:
        raise NotFound
    return found


def visible_record(*, actor: Actor, record_id: object) -> AnswerRecord:
    own = Q(**_own(actor, "actor_id")) if actor.can("answering.record.read_own") else Q(pk__in=[])
    records = AnswerRecord.objects.filter(accounts_of_all(actor) | own)
    found = records.select_related("exchange").filter(pk=reference(record_id)).first()
    if found is None:
        raise NotFound
    # A channel's key alone is not the person for whom it asked: it reads the placeholders.
    is_asker = (
        found.actor_id == actor.id and persons.keys_of(actor.subject).filter(pk=found.person_key).exists()
    )
    return for_asker(found) if is_asker else found


def unanswered(actor: Actor) -> QuerySet[AnswerRecord]:
    """What people asked and nobody could answer, newest first."""
    actor.require("answering.record.read_all")
    return AnswerRecord.objects.filter(accounts_of_all(actor), outcome="unanswered")


def opened(records: Iterable[AnswerRecord]) -> list[AnswerRecord]:
    """A page of records with the keys of all the people on it, by one statement."""
    page = list(records)
    for organisation_id in {record.organisation_id for record in page}:
        persons.preload([record.person_key for record in page], organisation_id=organisation_id)
    return page


def quoted_spans(*, actor: Actor, record_id: object, passage_id: UUID) -> list[tuple[int, int]]:
    """Which parts of a passage an answer of this actor quoted; empty when it quoted none."""
    stored = citation_of(actor=actor, record_id=record_id, passage_id=passage_id)
    return [(start, end) for start, end in stored["spans"]] if stored else []


def passage_read(*, actor: Actor, record_id: object, passage_id: object) -> Passage:
    """A passage, also one of a document that was removed, when an answer that the actor may see has read it.

    Raises `NotFound` for all others, and for what was erased."""
    try:
        found: Passage = visible(actor, "passage", passage_id)
    except NotFound:
        if not record_id or str(passage_id) not in _read_in(visible_record(actor=actor, record_id=record_id)):
            raise
        removed = removed_passage(actor=actor, passage_id=passage_id)
        if removed is None:
            raise
        return removed
    return found


def _read_in(record: AnswerRecord) -> set[str]:
    return {one["passage_id"] for one in (*record.read, *record.citations)}


def citation_of(*, actor: Actor, record_id: object, passage_id: UUID) -> dict[str, Any] | None:
    """What an answer that the actor may see says of a passage that it cites."""
    if not record_id:
        return None
    try:
        record = visible_record(actor=actor, record_id=record_id)
    except NotFound:
        return None
    return next((one for one in record.citations if one["passage_id"] == str(passage_id)), None)


def exchanges_by_state() -> list[tuple[str, str, int]]:
    """(task, state, count) over all organisations, for the operator's metrics."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        return list(Exchange.objects.order_by().values_list("task", "state").annotate(count=Count("pk")))
