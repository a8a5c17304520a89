"""Nothing leaves before 184 days, or before the longer time that a law asks for; the chain outlives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test.utils import override_settings
from django.utils import timezone

from sunmao.audit import checks, purging, retention
from sunmao.audit.exporting.offline import verify_file
from sunmao.audit.exporting.services import export
from sunmao.audit.models import Entry, Seal
from sunmao.audit.purging import due, purge
from sunmao.audit.sealing import alone, append, last_seal, seal
from sunmao.audit.tasks import tend
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from tests.fixtures import Cast, Standing, state_of
from tests.sunmao.audit.chains import note, operator, owner

YEAR = 366
Ago = Callable[[float], None]


@pytest.fixture
def ago(monkeypatch: pytest.MonkeyPatch) -> Ago:
    """From now on it is so many days ago."""
    today = timezone.now()
    return lambda days: monkeypatch.setattr(timezone, "now", lambda: today - timedelta(days=days))


def _names(standing: Standing) -> list[str]:
    with tenancy.scope(standing.organisation.pk):
        found = Entry.objects.filter(verb="thing.noted").order_by("at")
        return [entry.detail["name"] for entry in found]


def _written(standing: Standing, ago: Ago, days: float, name: str, task: str = "") -> None:
    seal(standing.organisation.pk)
    ago(days)
    note(standing, name, **({"task": task} if task else {}))
    seal(standing.organisation.pk)
    ago(0)


def test_only_what_is_older_than_its_class_leaves(standing: Standing, ago: Ago) -> None:
    _written(standing, ago, 16 * YEAR, "long ago", "medical.ask")
    _written(standing, ago, 16 * YEAR, "advice", "investment_advisory.ask")
    _written(standing, ago, 2 * YEAR, "last year's", "medical.ask")
    _written(standing, ago, 185, "half a year", "")
    _written(standing, ago, 183, "not yet", "")
    assert purge(actor=standing.actor) == 2
    assert _names(standing) == ["advice", "last year's", "not yet"]
    seal(standing.organisation.pk)
    outcome = verify(standing.organisation.pk)
    assert (outcome.problems, outcome.purged) == ([], 2)
    with tenancy.scope(standing.organisation.pk):
        entry = Entry.objects.get(verb="audit.purged")
        link = Seal.objects.get(kind="purge")
    assert (entry.detail["entries"], entry.detail["seals"], entry.detail["seal"]) == (2, 2, link.number)
    assert purge(actor=standing.actor) == 0


def test_an_export_after_a_purge_still_verifies(standing: Standing, ago: Ago) -> None:
    _written(standing, ago, 200, "old")
    _written(standing, ago, 10, "new")
    purge(actor=standing.actor)
    outcome = verify_file(export(actor=standing.actor, form="jsonl"))
    assert (outcome.problems, outcome.purged) == ([], 1)


@pytest.mark.parametrize("days", [0, 100, 183.9])
def test_the_database_refuses_what_is_younger_than_184_days(
    standing: Standing, ago: Ago, days: float
) -> None:
    """Even when the program asks for it."""
    _written(standing, ago, days, "young")
    before = state_of(standing.organisation)
    with pytest.raises(DatabaseError, match="must be kept longer"):
        _remove_by_force(standing)
    assert state_of(standing.organisation) == before
    assert _names(standing) == ["young"]


def test_the_database_refuses_what_a_law_keeps(standing: Standing, ago: Ago) -> None:
    _written(standing, ago, 2 * YEAR, "a patient's", "medical.ask")
    with pytest.raises(DatabaseError, match="must be kept longer"):
        _remove_by_force(standing)
    assert _names(standing) == ["a patient's"]


def test_a_seal_that_lies_about_the_class_removes_nothing(standing: Standing, ago: Ago) -> None:
    """The program may write seals; what an entry is kept as stands in the entry."""
    _written(standing, ago, 200, "advice", "investment_advisory.ask")
    with tenancy.scope(standing.organisation.pk):
        entry = Entry.objects.get(verb="thing.noted")
        true = Seal.objects.get(entries__contains=[entry.pk])
        moment = timezone.now()
        forged = Seal(
            number=900_001, kind="entries", first=true.first, count=1, entries=[entry.pk],
            hashes=bytes(true.hashes), retention="standard", keep_until=moment - timedelta(days=9),
            sealed_at=moment - timedelta(days=190), previous=b"", hash=b"", key_id="", signature=b"",
        )  # fmt: skip
        forged.save()
        Seal(
            number=900_002, kind="purge", first=0, count=0, entries=[], hashes=b"", purged=[900_001],
            retention="standard", keep_until=moment, sealed_at=moment, previous=b"", hash=b"", key_id="",
            signature=b"",
        ).save()  # fmt: skip
    with (
        pytest.raises(DatabaseError, match="append-only"),
        tenancy.scope(standing.organisation.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT audit_remove(900002)")
    assert _names(standing) == ["advice"]


def test_the_owner_of_the_tables_is_held_to_the_class_too(standing: Standing, ago: Ago) -> None:
    _written(standing, ago, 200, "advice", "investment_advisory.ask")
    with owner(standing) as session:
        session.execute("SELECT set_config('app.audit_removing', 'on', false)")
        with pytest.raises(psycopg.errors.RestrictViolation):
            session.execute("DELETE FROM audit_entry WHERE verb = 'thing.noted'")
    assert _names(standing) == ["advice"]


@pytest.mark.parametrize("name", [*retention.CLASSES, "one that does not exist"])
def test_the_database_knows_the_same_classes(db: None, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(day FROM audit_floor(%s))", [name])
        assert int(cursor.fetchone()[0]) == retention.days_of(name)


def _remove_by_force(standing: Standing) -> None:
    with tenancy.scope(standing.organisation.pk):
        alone(standing.organisation.pk, wait=True)
        numbers = list(Seal.objects.values_list("number", flat=True))
        link = append(previous=last_seal(), kept_as=retention.STANDARD, purged=numbers)
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_remove(%s)", [link.number])


def test_a_purge_that_came_too_early_is_found(standing: Standing, ago: Ago) -> None:
    """By an operator who deletes by hand and lets the program sign a purge for it."""
    _written(standing, ago, 10, "young")
    with tenancy.scope(standing.organisation.pk):
        alone(standing.organisation.pk, wait=True)
        number = Seal.objects.order_by("-number").values_list("number", flat=True)[0]
        append(previous=last_seal(), kept_as=retention.STANDARD, purged=[number])
    with operator() as session:
        session.execute(
            "DELETE FROM audit_entry WHERE organisation_id = %s AND verb = 'thing.noted'",
            [standing.organisation.pk],
        )
    found = verify(standing.organisation.pk).problems
    assert [(problem.kind, problem.seal) for problem in found] == [("purged_too_early", number)]


def test_a_class_that_was_lengthened_holds_for_what_is_there(standing: Standing, ago: Ago) -> None:
    _written(standing, ago, 200, "old")
    longer = replace(settings.SUNMAO_AUDIT, retention_days={"standard": 365})
    with override_settings(SUNMAO_AUDIT=longer):
        assert due(standing.organisation.pk) == []
    assert [one.count for one in due(standing.organisation.pk)] == [1]


def test_a_class_that_nobody_knows_any_more_is_kept_longest() -> None:
    assert retention.days_of("forgotten") == retention.days_of("investment") == 7305


@pytest.mark.parametrize(
    ("days", "identity"),
    [
        ({"standard": 183}, "sunmao.E031"),
        ({"medical": 15 * 365}, "sunmao.E031"),
        ({"investment": 184}, "sunmao.E031"),
        ({"forever": 9999}, "sunmao.E030"),
    ],
    ids=["below the floor", "below fifteen years", "below twenty years", "of no class"],
)
def test_a_shorter_retention_is_refused_at_start_up(days: dict[str, int], identity: str) -> None:
    with override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, retention_days=days)):
        assert [message.id for message in checks.retention_is_long_enough(None)] == [identity]
    assert checks.retention_is_long_enough(None) == []


def test_the_classes_are_those_of_the_law() -> None:
    assert {name: one.days for name, one in retention.CLASSES.items()} == {
        "standard": 184,
        "contract": 1096,
        "medical_process": 1096,
        "medical": 5479,
        "investment": 7305,
    }


def test_without_the_right_nothing_leaves(cast: Cast) -> None:
    before = state_of(cast.hemu)
    for person in (cast.zhou, cast.mei):
        with pytest.raises(Forbidden):
            purge(actor=person.actor)
    assert state_of(cast.hemu) == before


def test_the_nightly_round_verifies_and_purges_only_where_that_is_wanted(
    standing: Standing, ago: Ago, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sunmao.audit.tasks.organisations", lambda: [standing.organisation.pk])
    _written(standing, ago, 200, "old")
    tend()
    assert _names(standing) == ["old"]
    with override_settings(SUNMAO_AUDIT=replace(settings.SUNMAO_AUDIT, purge=True)):
        tend()
    assert _names(standing) == []
    with tenancy.scope(standing.organisation.pk):
        findings = Entry.objects.filter(verb="audit.verified").values_list("detail__sound", flat=True)
        assert list(findings) == [True, True]


def test_many_seals_leave_in_portions(standing: Standing, ago: Ago, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "SEALS_AT_ONCE", 2)
    for number in range(5):
        _written(standing, ago, 200 + number, str(number))
    assert purge(actor=standing.actor) == 5
    seal(standing.organisation.pk)
    outcome = verify(standing.organisation.pk)
    assert (outcome.problems, outcome.purged) == ([], 5)
