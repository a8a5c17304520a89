"""What answering holds about a person: conversations, what was asked in them, and the accounts of answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sunmao.answering.models import AnswerRecord, Conversation, Exchange
from sunmao.answering.presenting import account
from sunmao.audit import retention
from sunmao.audit.personal_data import law_behind
from sunmao.core import streams
from sunmao.core.people import Erased, Kept, Part, Person


class Answers:
    def export(self, person: Person) -> Iterator[Part]:
        keys = person.key_ids
        conversations = Conversation.objects.filter(person_key__in=keys).order_by("created_at")
        yield Part(
            name="conversations", title=_("Conversations"), rows=[_conversation(one) for one in conversations]
        )
        exchanges = Exchange.objects.filter(person_key__in=keys).order_by("created_at", "id")
        yield Part(name="questions", title=_("Questions"), rows=[_exchange(one) for one in exchanges])
        records = AnswerRecord.objects.filter(person_key__in=keys).select_related("exchange")
        rows = [account(record) for record in records.order_by("created_at", "id")]
        yield Part(name="answers", title=_("Answer records"), rows=rows)

    def erase(self, person: Person) -> Iterator[Erased]:
        """Rows that a record needs stay, and can no longer be read; the others go."""
        going = sorted(person.going)
        exchanges = Exchange.objects.filter(person_key__in=going)
        names = [str(pk) for pk in exchanges.values_list("pk", flat=True)]
        transaction.on_commit(lambda: streams.forget(names))
        unanswered = exchanges.filter(record=None)
        yield Erased(what=_("Questions without an answer"), count=unanswered.delete()[0])
        empty = Conversation.objects.filter(person_key__in=going, exchanges=None)
        yield Erased(what=_("Empty conversations"), count=empty.delete()[0])
        conversations = Conversation.objects.filter(person_key__in=going)
        conversations.update(owner_id=None)
        yield Erased(what=_("Conversations made unreadable"), count=conversations.count())
        yield Erased(what=_("Questions made unreadable"), count=exchanges.count())
        exchanges.exclude(feedback="").update(feedback="")
        records = AnswerRecord.objects.filter(person_key__in=going)
        yield Erased(what=_("Answer records made unreadable"), count=records.count())

    def kept(self, person: Person) -> Iterator[Kept]:
        for duty in sorted(person.duties):
            records = AnswerRecord.objects.filter(person_key__in=person.keys_for(duty))
            newest = records.aggregate(newest=Max("created_at"))["newest"]
            if newest:
                yield Kept(
                    what=_("Questions and answer records"),
                    count=records.count(),
                    why=law_behind(duty),
                    duty=duty,
                    until=retention.keep_until(duty, newest),
                )


def _conversation(one: Conversation) -> dict[str, Any]:
    return {
        "id": one.pk,
        "vertical": one.vertical,
        "title": one.title,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


def _exchange(one: Exchange) -> dict[str, Any]:
    return {
        "id": one.pk,
        "conversation_id": one.conversation_id,
        "task": one.task,
        "question": one.question,
        "on_behalf_of": one.on_behalf_of or "",
        "options": one.options,
        "state": one.state,
        "feedback": one.feedback,
        "created_at": one.created_at,
    }
