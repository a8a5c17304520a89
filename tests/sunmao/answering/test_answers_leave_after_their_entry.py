"""Questions and answers are kept as long as their class asks, and then they go with everything about them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone, translation

from sunmao.accounts.models import Organisation
from sunmao.answering import pipeline, services
from sunmao.answering.mining.models import Cluster, Member
from sunmao.answering.models import AnswerRecord, Conversation, Exchange, ExchangeState
from sunmao.answering.people import services as people
from sunmao.audit.models import Entry
from sunmao.audit.purging import purge, purge_all, purge_vouched
from sunmao.audit.sealing import seal
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from sunmao.core.vertical import config_of
from sunmao.guards.models import SurrogateMap
from sunmao.releases.sample import seed_vertical
from tests.fixtures import Ask, Cast, Standing, state_of
from tests.sunmao.audit.chains import owner

YEAR = 366
QUESTION = "Can I send the sofa back? My mobile is 13800138000."
ADVICE = "Is a guaranteed return of eight percent possible?"
Asked = Callable[..., AnswerRecord]


@pytest.fixture
def ago(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """From now on it is so many days ago."""
    today = timezone.now()
    return lambda days: monkeypatch.setattr(timezone, "now", lambda: today - timedelta(days=days))


@pytest.fixture
def asked(standing: Standing, broker: object, ago: Callable[[float], None]) -> Asked:
    """A committed and sealed answer of so many days ago."""
    verticals = ["customer_service", "investment_advisory", "medical"]
    Organisation.objects.filter(pk=standing.organisation.pk).update(enabled_verticals=verticals)
    for name in verticals:
        seed_vertical(actor=standing.actor, config=config_of(name), with_documents=False)

    def ask(days: float, *, task: str = "customer_service.ask", question: str = QUESTION) -> AnswerRecord:
        seal(standing.organisation.pk)
        ago(days)
        exchange = services.ask(actor=standing.actor, task_name=task, data={"question": question})
        with patch("sunmao.answering.pipeline.actor_by_id", return_value=standing.actor):
            pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
        seal(standing.organisation.pk)
        ago(0)
        return services.finished(exchange=exchange)

    return ask


def _left(standing: Standing) -> dict[str, int]:
    tables = (AnswerRecord, Exchange, Conversation, SurrogateMap, Member, Cluster)
    with tenancy.scope(standing.organisation.pk):
        return {table.__name__: table.objects.count() for table in tables}


def test_what_is_older_than_its_class_goes_with_all_that_hangs_on_it(
    standing: Standing, asked: Asked
) -> None:
    old, young = asked(200), asked(100)
    advice = asked(200, task="investment_advisory.ask", question=ADVICE)
    assert _left(standing) == {
        "AnswerRecord": 3, "Exchange": 3, "Conversation": 3, "SurrogateMap": 2, "Member": 0, "Cluster": 0,
    }  # fmt: skip
    with tenancy.scope(standing.organisation.pk):
        unanswered = Cluster.objects.create(
            task=old.task, medoid=old, size=2, first_seen=old.created_at, last_seen=old.created_at
        )
        Member.objects.create(cluster=unanswered, record=old)
        Member.objects.create(cluster=unanswered, record=young)

    purge(actor=standing.actor)
    assert purge_vouched(actor=standing.actor) == {"records": 1, "questions": 1, "conversations": 1}

    assert _left(standing) == {
        "AnswerRecord": 2, "Exchange": 2, "Conversation": 2, "SurrogateMap": 1, "Member": 1, "Cluster": 1,
    }  # fmt: skip
    with tenancy.scope(standing.organisation.pk):
        assert set(AnswerRecord.objects.values_list("pk", flat=True)) == {young.pk, advice.pk}
        assert Cluster.objects.get().medoid_id == young.pk
        entry = Entry.objects.get(verb="answers.purged")
    assert entry.detail["counts"] == {"records": 1, "questions": 1, "conversations": 1}
    seal(standing.organisation.pk)
    assert verify(standing.organisation.pk).problems == []
    assert purge_vouched(actor=standing.actor) == {}


@pytest.mark.parametrize(
    ("task", "question", "kept", "gone"),
    [
        ("customer_service.ask", QUESTION, 183, 185),
        ("medical.ask", "What helps against a cold?", 3 * YEAR - 5, 3 * YEAR + 5),
        ("investment_advisory.ask", ADVICE, 19 * YEAR, 21 * YEAR),
    ],
)
def test_each_class_has_its_time(
    standing: Standing, asked: Asked, task: str, question: str, kept: float, gone: float
) -> None:
    young = asked(kept, task=task, question=question)
    asked(gone, task=task, question=question)
    purge_all([standing.organisation.pk])
    with tenancy.scope(standing.organisation.pk):
        assert list(AnswerRecord.objects.values_list("pk", flat=True)) == [young.pk]
        assert list(Exchange.objects.values_list("pk", flat=True)) == [young.exchange_id]


def test_a_question_that_was_never_answered_goes_by_the_class_of_its_task(
    standing: Standing, asked: Asked, ago: Callable[[float], None]
) -> None:
    for task in ("customer_service.ask", "investment_advisory.ask"):
        ago(200)
        exchange = services.ask(actor=standing.actor, task_name=task, data={"question": ADVICE})
        ago(0)
        with tenancy.scope(standing.organisation.pk):
            Exchange.objects.filter(pk=exchange.pk).update(state=ExchangeState.FAILED)
    assert purge_vouched(actor=standing.actor) == {"questions": 1, "conversations": 1}
    with tenancy.scope(standing.organisation.pk):
        assert Exchange.objects.get().task == "investment_advisory.ask"


def test_the_database_keeps_a_record_that_an_entry_vouches_for(standing: Standing, asked: Asked) -> None:
    record = asked(200)
    before = _left(standing)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        tenancy.scope(standing.organisation.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT answering_remove_records(%s)", [[record.pk]])
    with owner(standing) as session:
        session.execute("SELECT set_config('app.audit_removing', 'on', false)")
        with pytest.raises(psycopg.errors.RestrictViolation):
            session.execute("DELETE FROM answering_answerrecord")
    assert _left(standing) == before


def test_the_database_keeps_a_young_record_even_without_its_entry(standing: Standing, asked: Asked) -> None:
    record = asked(10)
    with owner(standing) as session:
        session.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
        session.execute("DELETE FROM audit_entry WHERE verb = 'answer.recorded'")
        session.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_append_only")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        tenancy.scope(standing.organisation.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT answering_remove_records(%s)", [[record.pk]])


def test_the_report_of_an_erasure_counts_what_a_law_still_keeps(
    cast: Cast, ask: Ask, ago: Callable[[float], None]
) -> None:
    seed_vertical(actor=cast.lin.actor, config=config_of("investment_advisory"), with_documents=False)
    for days in (21 * YEAR, 200, 100):
        seal(cast.hemu.pk)
        ago(days)
        newest = ask(cast.mei.actor, ADVICE, task="investment_advisory.ask")
        ask(cast.mei.actor, QUESTION)
        seal(cast.hemu.pk)
    ago(0)
    purge_all([cast.hemu.pk])
    with tenancy.scope(cast.hemu.pk):
        left = AnswerRecord.objects.values_list("task", flat=True).order_by("task")
        assert list(left) == ["customer_service.ask", *["investment_advisory.ask"] * 2]
    with translation.override("en"):
        report = people.erase(actor=cast.lin.actor, subject="mei", dry_run=True)
        [kept] = [one for one in report.kept if str(one.what) == "Questions and answer records"]
        counts = {str(one.what): one.count for one in report.erased}
    assert (kept.duty, kept.count) == ("investment", 2)
    assert kept.until == newest.created_at + timedelta(days=7305)
    assert counts["Answer records made unreadable"] == 1


def test_the_shell_says_what_left(cast: Cast, ask: Ask, ago: Callable[[float], None]) -> None:
    seal(cast.hemu.pk)
    ago(200)
    record = ask(cast.mei.actor, QUESTION)
    seal(cast.hemu.pk)
    ago(0)
    told = [_shell("--dry-run"), _shell(), _shell()]
    entries = told[0]["removed"]
    assert entries > 1
    assert told == [
        {"removed": entries, "dry_run": True},
        {"removed": entries, "records": 1, "questions": 1, "conversations": 1, "dry_run": False},
        {"removed": 0, "dry_run": False},
    ]
    with tenancy.scope(cast.hemu.pk):
        assert not AnswerRecord.objects.filter(pk=record.pk).exists()


def _shell(*options: str) -> dict[str, Any]:
    told = io.StringIO()
    call_command("audit", "purge", "--org", "hemu", "--as", "lin", "--json", *options, stdout=told)
    said: dict[str, Any] = json.loads(told.getvalue())
    return said


def test_without_the_right_nothing_leaves(cast: Cast) -> None:
    before = state_of(cast.hemu)
    for person in (cast.zhou, cast.mei):
        with pytest.raises(Forbidden):
            purge_vouched(actor=person.actor)
    assert state_of(cast.hemu) == before
