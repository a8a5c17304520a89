"""Whoever asks gives away personal data; nobody but the asker reads it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from sunmao.accounts import services as accounts
from sunmao.accounts.selectors import actor_of_key
from sunmao.answering import services as answering
from sunmao.answering.models import AnswerRecord, Conversation, Exchange
from sunmao.answering.privacy import reverse
from sunmao.answering.selectors import visible_record
from sunmao.answering.turns import turn
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden, InvalidInput, NotFound
from sunmao.guards.models import SurrogateMap
from sunmao.guards.personal import services as personal
from tests.fixtures.cast import Cast
from tests.fixtures.state import state_of, verbs_of

QUESTION = "我叫林志远，手机13812345678，身份证110105199003076515，沙发的保修期是多久？"
STORED = "我叫<PERSON_1>，手机<MOBILE_1>，身份证<ID_CARD_1>，沙发的保修期是多久？"
WARRANTY = "# 保修\n\n沙发的保修期是多久？沙发框架保修五年，弹簧和海绵保修三年。\n"

Ask = Callable[..., AnswerRecord]


def _allowed(actor: Actor) -> Actor:
    """As an owner is; administrators are not."""
    return replace(actor, permissions=actor.permissions | {"privacy.surrogate.reverse"})


@pytest.fixture
def answered(cast: Cast, ingest: Any, ask: Ask) -> AnswerRecord:
    ingest(cast.zhou.actor, "warranty.md", WARRANTY)
    return ask(cast.mei.actor, QUESTION)


def test_the_transcript_holds_placeholders_and_the_answer_is_found(
    cast: Cast, answered: AnswerRecord
) -> None:
    with tenancy.scope(cast.hemu.pk):
        exchange = Exchange.objects.get(pk=answered.exchange_id)
        record = AnswerRecord.objects.get(pk=answered.pk)
        title = Conversation.objects.get(pk=exchange.conversation_id).title

    assert str(exchange.question) == STORED
    assert str(record.question) == STORED
    assert str(title) == "我叫…，手机…，身份证…，沙发的保修期是多久？"
    assert record.outcome == "answered"
    assert "五年" in str(record.text)
    assert record.guards["personal_data"] == {
        "question": {"id_card": 1, "mobile": 1, "person": 1},
        "partial": False,
    }


def test_the_note_says_what_was_replaced(answered: AnswerRecord) -> None:
    notes = [finding for finding in answered.findings if finding["rule_id"] == "G-PERSONAL"]

    assert len(notes) == 1
    assert notes[0]["severity"] == "info"
    assert "13812345678" not in notes[0]["explanation"]


def test_no_column_of_the_database_holds_the_number(cast: Cast, answered: AnswerRecord) -> None:
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE a.attname = 'organisation_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%13812345678%'")  # noqa: S608
            assert cursor.fetchone() == (0,), table


def test_the_asker_reads_their_own_words(cast: Cast, answered: AnswerRecord) -> None:
    with tenancy.scope(cast.hemu.pk):
        shown = turn(Exchange.objects.select_related("record").get(pk=answered.exchange_id))
        own = visible_record(actor=cast.mei.actor, record_id=answered.pk)

    assert shown["question"] == QUESTION
    assert str(own.question) == QUESTION


def test_a_channel_alone_is_not_the_person_it_asked_for(cast: Cast, ingest: Any, ask: Ask) -> None:
    ingest(cast.zhou.actor, "warranty.md", WARRANTY)
    secret = accounts.create_api_key(actor=cast.lin.actor, name="window").secret
    channel = actor_of_key(secret, language="zh-hans")
    record = ask(replace(channel, on_behalf_of="wx-17"), QUESTION)

    def read(actor: Actor) -> str:
        with tenancy.scope(cast.hemu.pk):
            return str(visible_record(actor=actor, record_id=record.pk).question)

    assert "13812345678" in read(replace(channel, on_behalf_of="wx-17"))
    assert "<MOBILE_1>" in read(channel)


def test_an_auditor_reads_placeholders(cast: Cast, answered: AnswerRecord) -> None:
    with tenancy.scope(cast.hemu.pk):
        seen = visible_record(actor=cast.ann.actor, record_id=answered.pk)

    assert str(seen.question) == STORED


def test_turning_back_needs_the_permission_and_leaves_an_entry(cast: Cast, answered: AnswerRecord) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        reverse(actor=cast.lin.actor, record=answered, reason="curious")
    assert state_of(cast.hemu) == before

    with tenancy.scope(cast.hemu.pk):
        record = AnswerRecord.objects.get(pk=answered.pk)
        seen = reverse(actor=_allowed(cast.lin.actor), record=record, reason="complaint 17")

    assert seen["question"] == QUESTION
    assert seen["surrogates"]["<MOBILE_1>"] == "13812345678"
    assert verbs_of(cast.hemu)[-1] == "surrogates.reversed"


def test_turning_back_needs_a_reason(cast: Cast, answered: AnswerRecord) -> None:
    before = state_of(cast.hemu)

    with pytest.raises(InvalidInput):
        reverse(actor=_allowed(cast.lin.actor), record=answered, reason=" ")

    assert state_of(cast.hemu) == before


def test_another_organisation_finds_nothing_to_turn_back(cast: Cast, answered: AnswerRecord) -> None:
    before = state_of(cast.hemu)

    with pytest.raises(NotFound):
        personal.reverse(actor=_allowed(cast.omar.actor), about=answered.exchange_id, reason="foreign")

    assert state_of(cast.hemu) == before
    with tenancy.scope(cast.qinghe.pk):
        assert not SurrogateMap.objects.exists()


def test_a_refusing_policy_keeps_nothing_of_the_question(cast: Cast) -> None:
    personal.set_policy(
        actor=cast.lin.actor,
        place="question",
        scope_kind="vertical",
        scope="customer_service",
        modes={"id_card": "refuse"},
    )
    before = state_of(cast.hemu)

    with pytest.raises(personal.PersonalDataRefused) as refused:
        answering.ask(actor=cast.mei.actor, task_name="customer_service.ask", data={"question": QUESTION})

    assert refused.value.code == "personal_data_refused"
    assert state_of(cast.hemu) == before
