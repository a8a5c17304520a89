"""The entry of an answer holds the hash of its record, and says from where the question came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import connection

from sunmao.answering import pipeline, services
from sunmao.answering.models import AnswerRecord
from sunmao.audit.models import Entry
from sunmao.audit.sealing import seal
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.core.origin import Origin, set_origin
from sunmao.core.request_id import set_request_id
from sunmao.core.vertical import config_of
from sunmao.releases.sample import seed_vertical
from tests.fixtures import Ask, Cast, Standing
from tests.sunmao.audit.chains import operator

QUESTION = "Can I send the sofa back?"


@pytest.fixture(autouse=True)
def _nobody() -> Iterator[None]:
    yield
    set_origin(Origin())
    set_request_id("")


@pytest.fixture
def answered(standing: Standing, broker: object) -> AnswerRecord:
    """A committed and sealed answer."""
    seed_vertical(actor=standing.actor, config=config_of("customer_service"), with_documents=False)
    exchange = services.ask(
        actor=standing.actor, task_name="customer_service.ask", data={"question": QUESTION}
    )
    with patch("sunmao.answering.pipeline.actor_by_id", return_value=standing.actor):
        pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    seal(standing.organisation.pk)
    return services.finished(exchange=exchange)


def _found(standing: Standing) -> list[tuple[str, str, str]]:
    return [(one.kind, one.id, one.note) for one in verify(standing.organisation.pk).problems]


def test_an_untouched_record_is_sound(standing: Standing, answered: AnswerRecord) -> None:
    with tenancy.scope(standing.organisation.pk):
        content = Entry.objects.get(verb="answer.recorded").content
    version, _colon, sha256 = content.partition(":")
    assert (version, len(sha256)) == ("1", len(hashlib.sha256().hexdigest()))
    assert _found(standing) == []


@pytest.mark.parametrize(
    ("case", "change", "kind"),
    [
        ("its text is replaced", "UPDATE {} SET text = 'x'", "content_changed"),
        ("its time is moved", "UPDATE {} SET seconds = 9", "content_changed"),
        ("it is deleted", "DELETE FROM {}", "content_deleted"),
    ],
)
def test_a_record_that_was_touched_is_named(
    standing: Standing, answered: AnswerRecord, case: str, change: str, kind: str
) -> None:
    with operator() as session:
        statement = f"{change.format('answering_answerrecord')} WHERE id = %s"
        session.execute(statement.encode(), [answered.pk])
    assert _found(standing) == [(kind, str(answered.pk), "answer.recorded")]


def test_erasing_the_asker_leaves_the_record_vouched_for(standing: Standing, answered: AnswerRecord) -> None:
    with tenancy.scope(standing.organisation.pk):
        persons.destroy(standing.actor.subject)
    assert _found(standing) == []


def test_the_worker_says_from_where_the_question_came(cast: Cast, ask: Ask) -> None:
    set_origin(Origin("203.0.113.9", "Browser/1"))
    set_request_id("request-4711")
    ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        entries = list(Entry.objects.filter(verb__startswith="answer."))
        with connection.cursor() as cursor:
            cursor.execute("SELECT string_agg(e::text, '') FROM answering_exchange e")
            stored = cursor.fetchone()[0]
    assert [(entry.origin["address"], entry.request_id) for entry in entries] == [
        ("203.0.113.9", "request-4711")
    ] * 2
    assert "203.0.113.9" not in stored


def test_the_next_question_comes_from_elsewhere(cast: Cast, ask: Ask) -> None:
    set_origin(Origin("203.0.113.9", ""))
    ask(cast.mei.actor, QUESTION)
    set_origin(Origin())
    set_request_id("")
    record = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        entry = Entry.objects.get(subject_id=str(record.pk))
    assert entry.origin == {"name": "mei"}
