from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.utils import translation

from sunmao.answering.models import AnswerRecord, Conversation, Exchange
from sunmao.answering.selectors import conversations_of, own_conversation, visible_record
from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.core.crypto.keyring import SealedDataUnreadable
from sunmao.core.errors import NotFound
from tests.fixtures.cast import Cast
from tests.fixtures.files import RETURNS
from tests.fixtures.knowledge import Ask, Ingest

QUESTION = "Within how many days may goods be sent back?"
TABLES = ("answering_conversation", "answering_exchange", "answering_answerrecord", "core_personkey")


def _stored(cast: Cast, table: str) -> str:
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute(f"SELECT string_agg(to_jsonb(t)::text, ' ') FROM {table} t")
        return str(cursor.fetchone()[0])


def test_question_answer_and_quotes_are_opaque_in_the_database_and_plain_for_the_asker(
    cast: Cast, ingest: Ingest, ask: Ask
) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)

    record = ask(cast.mei.actor, QUESTION)

    with tenancy.scope(cast.hemu.pk):
        fresh = visible_record(actor=cast.mei.actor, record_id=record.pk)
        conversation = conversations_of(cast.mei.actor, vertical="customer_service").get()
        assert (fresh.question, conversation.title, fresh.exchange.question) == (QUESTION,) * 3
        quote = fresh.citations[0]["quote"]
        assert quote in RETURNS
    for table in TABLES:
        stored = _stored(cast, table)
        assert QUESTION not in stored
        assert quote not in stored
        assert fresh.text not in stored


def test_when_the_key_is_gone_rows_stay_and_say_so(cast: Cast, ingest: Ingest, ask: Ask) -> None:
    ingest(cast.lin.actor, "returns.md", RETURNS)
    record = ask(cast.mei.actor, QUESTION)
    before = _stored(cast, "answering_answerrecord")

    with tenancy.scope(cast.hemu.pk), translation.override("en"):
        persons.destroy(cast.mei.actor.subject)

        fresh = AnswerRecord.objects.get(pk=record.pk)
        assert fresh.question == "Erased at the person's request"
        assert fresh.text == "Erased at the person's request"
        assert (fresh.citations, fresh.findings) == ([], [])
    assert _stored(cast, "answering_answerrecord") == before


def test_a_text_that_was_moved_to_another_row_is_refused(cast: Cast, ask: Ask) -> None:
    first, second = ask(cast.mei.actor, QUESTION), ask(cast.mei.actor, "Do you deliver on Sundays?")
    with tenancy.scope(cast.hemu.pk):
        moved = Exchange.objects.filter(pk=first.exchange_id).values_list("question", flat=True)[0]

        Exchange.objects.filter(pk=second.exchange_id).update(question=moved)

        with pytest.raises(SealedDataUnreadable):
            _ = Exchange.objects.get(pk=second.exchange_id).question


def test_what_cannot_be_sealed_is_not_written(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        exchange = Exchange.objects.get(pk=record.exchange_id)
        exchange.question = "plain"
        with pytest.raises(FieldError):
            list(Exchange.objects.filter(question__contains="goods"))
        with pytest.raises(TypeError):
            Exchange.objects.filter(pk=record.exchange_id).update(question="plain")
        with pytest.raises(TypeError):
            Exchange.objects.bulk_update([exchange], ["question"])
        transaction.set_rollback(False)
        assert Exchange.objects.get(pk=record.exchange_id).question == QUESTION


def test_a_row_that_is_saved_again_keeps_what_nobody_changed(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        tokens = Exchange.objects.filter(pk=record.exchange_id).values_list("question", flat=True)
        before = tokens[0]
        untouched = Exchange.objects.get(pk=record.exchange_id)
        untouched.save()
        assert tokens[0] == before

        changed = Exchange.objects.get(pk=record.exchange_id)
        changed.question = "Another question?"
        changed.save(update_fields=["question"])

        assert Exchange.objects.get(pk=record.exchange_id).question == "Another question?"


def test_people_behind_one_channel_do_not_see_each_other(cast: Cast, ask: Ask) -> None:
    anna, bert = (replace(cast.mei.actor, on_behalf_of=name) for name in ("anna", "bert"))
    record = ask(anna, QUESTION)

    with tenancy.scope(cast.hemu.pk):
        conversation = conversations_of(anna, vertical="customer_service").get()
        assert Exchange.objects.get().on_behalf_of == "anna"
        assert visible_record(actor=anna, record_id=record.pk).question == QUESTION
        assert Conversation.objects.get().person_key != persons.key_of(cast.mei.actor.subject)
        assert not conversations_of(bert, vertical="customer_service").exists()
        with pytest.raises(NotFound):
            own_conversation(actor=bert, conversation_id=conversation.pk, vertical="customer_service")
        with pytest.raises(NotFound):
            visible_record(actor=bert, record_id=record.pk)
