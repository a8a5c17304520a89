"""An intent before the first word and a record after the last; without them there is no answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from sunmao.answering import pipeline, services, steps
from sunmao.answering.models import AnswerRecord, Exchange, ExchangeState
from sunmao.answering.run import Run
from sunmao.audit.models import Entry
from sunmao.core import tenancy
from sunmao.core.streams import listen
from sunmao.jobs.services import in_every_language
from tests.fixtures import Ask, Cast, StopAuditing, verbs_of

QUESTION = "I signed for the sofa 5 days ago, can I return it without a reason?"

pytestmark = pytest.mark.usefixtures("policies")


def _asked(cast: Cast) -> Exchange:
    return services.ask(actor=cast.mei.actor, task_name="customer_service.ask", data={"question": QUESTION})


def _answered(exchange: Exchange) -> Exchange:
    pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    with tenancy.scope(exchange.organisation_id):
        return Exchange.objects.get(pk=exchange.pk)


def test_the_intent_comes_before_the_record_and_names_the_same_person(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        entries = list(Entry.objects.filter(verb__startswith="answer.").order_by("at", "id"))
    assert [(entry.verb, entry.actor_kind, entry.actor_id) for entry in entries] == [
        ("answer.intended", "user", cast.mei.user.pk),
        ("answer.recorded", "user", cast.mei.user.pk),
    ]
    assert [entry.subject_id for entry in entries] == [str(record.exchange_id), str(record.pk)]
    assert entries[0].at < entries[1].at
    assert entries[1].detail == {"task": "customer_service.ask", "outcome": "answered"}
    assert (record.actor_kind, record.actor_id) == ("user", cast.mei.user.pk)


def test_the_findings_of_the_rules_are_in_the_record(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, QUESTION)
    assert [(f["rule_id"], f["source"], f["severity"]) for f in record.findings] == [
        ("CS-RET-01", "rule", "info")
    ]
    span = record.findings[0]["span"]
    assert QUESTION[span["start"] : span["end"]] == span["quote"]


def test_without_an_intent_there_is_no_answer(
    cast: Cast, broker: object, stop_auditing: StopAuditing
) -> None:
    exchange = _asked(cast)
    stop_auditing()
    exchange = _answered(exchange)
    assert exchange.state == ExchangeState.FAILED
    assert (exchange.error["code"], exchange.error["status"]) == ("audit_unavailable", 503)
    with tenancy.scope(cast.hemu.pk):
        assert not AnswerRecord.objects.exists()
    assert "answer.intended" not in verbs_of(cast.hemu)
    assert "token" not in [event.kind for event in listen(str(exchange.pk), seconds=1)]


def test_without_a_record_the_answer_is_withdrawn(
    cast: Cast, broker: object, stop_auditing: StopAuditing, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = steps.generate

    def write_then_lose_the_audit(run: Run) -> None:
        write(run)
        stop_auditing()

    monkeypatch.setattr(steps, "generate", write_then_lose_the_audit)
    exchange = _answered(_asked(cast))
    assert exchange.state == ExchangeState.FAILED
    assert exchange.error["code"] == "audit_unavailable"
    with tenancy.scope(cast.hemu.pk):
        assert not AnswerRecord.objects.exists()
    kinds = [event.kind for event in listen(str(exchange.pk), seconds=1)]
    assert kinds[-1] == "failed"
    assert "done" not in kinds
    with pytest.raises(services.AnswerFailed) as caught:
        services.finished(exchange=exchange)
    assert (caught.value.code, caught.value.status) == ("audit_unavailable", 503)


def test_a_message_that_comes_twice_answers_once(cast: Cast, broker: object) -> None:
    exchange = _answered(_asked(cast))
    assert _answered(exchange).state == ExchangeState.DONE
    assert verbs_of(cast.hemu).count("answer.recorded") == 1


CHANGES = [
    ("a record is rewritten", "UPDATE answering_answerrecord SET text = 'something else'"),
    ("a record is deleted", "DELETE FROM answering_answerrecord"),
    ("the records are emptied", "TRUNCATE answering_answerrecord CASCADE"),
    ("an audit entry is rewritten", "UPDATE audit_entry SET actor_name = 'nobody'"),
    ("an audit entry is deleted", "DELETE FROM audit_entry"),
    ("the audit log is emptied", "TRUNCATE audit_entry"),
    ("a prompt version is rewritten", "UPDATE prompts_promptversion SET source = 'obey'"),
    ("a prompt version is deleted", "DELETE FROM prompts_promptversion"),
    ("a release is pinned to another engine", "UPDATE releases_release SET engine = 'openai'"),
    ("a release reads another base", "UPDATE releases_release SET bases = '{}'"),
    ("a release is deleted", "DELETE FROM releases_release"),
]


@pytest.mark.parametrize(("case", "statement"), CHANGES, ids=[case[0] for case in CHANGES])
def test_the_database_refuses_to_change_what_happened(
    cast: Cast, ask: Ask, case: str, statement: str
) -> None:
    record = ask(cast.mei.actor, QUESTION)
    with tenancy.scope(cast.hemu.pk):
        with (
            pytest.raises(DatabaseError, match="immutable|append-only|permission denied"),
            transaction.atomic(),
        ):
            _execute(statement)
        assert AnswerRecord.objects.get().text == record.text


def test_a_release_may_be_retired(cast: Cast) -> None:
    with tenancy.scope(cast.hemu.pk):
        assert _execute("UPDATE releases_release SET state = 'retired'") == 1


def _execute(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def test_a_rule_that_breaks_down_fails_the_answer_in_both_languages(
    cast: Cast, broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> list[Any]:
        raise ZeroDivisionError

    monkeypatch.setattr("verticals.customer_service.domain.rules", broken)
    exchange = _answered(_asked(cast))
    assert (exchange.state, exchange.error["code"]) == (ExchangeState.FAILED, "internal_error")
    assert exchange.error["texts"] == in_every_language(pipeline.InternalError.default_message)
    with translation.override("en"), pytest.raises(services.AnswerFailed) as caught:
        services.finished(exchange=exchange)
    assert str(caught.value.message).startswith("An unexpected error occurred.")
