"""A task of any business line may declare a class of its own; its records and entries stay that long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from sunmao.accounts.models import Organisation
from sunmao.answering import pipeline, services
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.answering.people import services as people
from sunmao.audit.models import Entry
from sunmao.audit.purging import purge_all
from sunmao.audit.sealing import seal
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.vertical import Task, config_of
from sunmao.releases.sample import seed_vertical
from tests.fixtures import Ask, Cast, Standing

YEAR = 366
QUESTION = "Blood pressure 150 over 95: does the patient come again?"
Ago = Callable[[float], None]
Asked = Callable[[str, float], AnswerRecord]


@pytest.fixture
def ago(monkeypatch: pytest.MonkeyPatch) -> Ago:
    """From now on it is so many days ago."""
    today = timezone.now()
    return lambda days: monkeypatch.setattr(timezone, "now", lambda: today - timedelta(days=days))


@pytest.fixture(params=["medical", "customer_service"])
def line(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A business line with one task more, whose records are medical records."""
    config = config_of(request.param)
    record = replace(config.vertical.tasks[0], name="record", title="Medical record", retention="medical")
    assert isinstance(record, Task)
    tasks = (*config.vertical.tasks, record)
    monkeypatch.setattr(config, "vertical", replace(config.vertical, tasks=tasks))
    return str(request.param)


@pytest.fixture
def asked(standing: Standing, broker: object, line: str, ago: Ago) -> Asked:
    """A committed and sealed answer of so many days ago."""
    Organisation.objects.filter(pk=standing.organisation.pk).update(enabled_verticals=[line])
    seed_vertical(actor=standing.actor, config=config_of(line), with_documents=False)

    def ask(task: str, days: float) -> AnswerRecord:
        seal(standing.organisation.pk)
        ago(days)
        exchange = services.ask(actor=standing.actor, task_name=f"{line}.{task}", data={"question": QUESTION})
        with patch("sunmao.answering.pipeline.actor_by_id", return_value=standing.actor):
            pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
        seal(standing.organisation.pk)
        ago(0)
        return services.finished(exchange=exchange)

    return ask


def test_a_medical_record_and_its_entries_stay_fifteen_years(standing: Standing, asked: Asked) -> None:
    young = asked("record", 14 * YEAR)
    asked("record", 5479 + 5)
    asked("ask", 4 * YEAR)
    with tenancy.scope(standing.organisation.pk):
        entries = Entry.objects.filter(verb__startswith="answer.", detail__task__endswith=".record")
        assert {entry.retention for entry in entries} == {"medical"}
        assert entries.count() == 4

    purge_all([standing.organisation.pk])

    with tenancy.scope(standing.organisation.pk):
        assert list(AnswerRecord.objects.values_list("pk", flat=True)) == [young.pk]
        assert list(Exchange.objects.values_list("pk", flat=True)) == [young.exchange_id]
    assert verify(standing.organisation.pk).problems == []


def test_the_database_refuses_to_let_one_go_before(standing: Standing, asked: Asked) -> None:
    record = asked("record", 14 * YEAR)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        tenancy.scope(standing.organisation.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT answering_remove_records(%s)", [[record.pk]])
    with tenancy.scope(standing.organisation.pk):
        assert AnswerRecord.objects.get().pk == record.pk


def test_an_erasure_names_the_duty(cast: Cast, ask: Ask, line: str) -> None:
    seed_vertical(actor=cast.lin.actor, config=config_of(line), with_documents=False)
    record = ask(cast.mei.actor, QUESTION, task=f"{line}.record")
    report = people.erase(actor=cast.lin.actor, subject="mei", dry_run=True)
    (kept,) = [one for one in report.kept if one.duty == "medical" and one.count == 1]
    assert kept.until == record.created_at + timedelta(days=5479)
