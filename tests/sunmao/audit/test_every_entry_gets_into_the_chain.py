"""Writers never wait for each other, and whoever commits late is sealed late, not left out."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from sunmao.audit import services as audit
from sunmao.audit.models import Entry, Seal, Waiting
from sunmao.audit.sealing import alone, seal, seal_all
from sunmao.audit.selectors import place_of
from sunmao.audit.subject import AuditLog
from sunmao.audit.verifying import verify
from sunmao.core import tenancy
from sunmao.core.clock import now
from tests.fixtures import Standing
from tests.sunmao.audit.chains import names_of, note, sealed


def _chain(standing: Standing) -> list[uuid.UUID]:
    with tenancy.scope(standing.organisation.pk):
        return [entry for one in Seal.objects.order_by("number") for entry in one.entries]


def _elsewhere(work: Callable[[], object]) -> threading.Thread:
    """On a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_an_entry_that_commits_late_is_sealed_late(standing: Standing) -> None:
    written, may_commit = threading.Event(), threading.Event()
    late: list[uuid.UUID] = []

    def write_and_wait() -> None:
        with tenancy.scope(standing.organisation.pk):
            subject = AuditLog(standing.organisation.pk)
            late.append(
                audit.record(actor=standing.actor, verb="thing.noted", subject=subject, name="late").pk
            )
            written.set()
            assert may_commit.wait(20)

    seal(standing.organisation.pk)
    thread = _elsewhere(write_and_wait)
    assert written.wait(20)
    early = note(standing, "early")
    assert seal(standing.organisation.pk) == 1
    may_commit.set()
    thread.join(20)
    assert seal(standing.organisation.pk) == 1
    assert _chain(standing)[-2:] == [*early, *late]
    assert verify(standing.organisation.pk).problems == []


def test_an_entry_that_is_rolled_back_leaves_no_gap(standing: Standing) -> None:
    def change_and_fail() -> None:
        with tenancy.scope(standing.organisation.pk), transaction.atomic():
            audit.record(actor=standing.actor, verb="thing.noted", subject=AuditLog(standing.organisation.pk))
            raise ZeroDivisionError

    before = sealed(standing, "one")
    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    after = sealed(standing, "two")
    assert _chain(standing)[-2:] == [*before, *after]
    with tenancy.scope(standing.organisation.pk):
        places = [place_of(entry) for entry in Entry.objects.filter(pk__in=[*before, *after]).order_by("at")]
    assert [(place.seal, place.number) for place in places if place] == [(2, 2), (3, 3)]


def test_many_writers_and_two_sealers_make_one_chain(standing: Standing) -> None:
    names = [f"{writer}.{number}" for writer in range(4) for number in range(25)]

    def write(writer: int) -> None:
        note(standing, *[name for name in names if name.startswith(f"{writer}.")])

    stop = threading.Event()

    def keep_sealing() -> None:
        while not stop.is_set():
            seal(standing.organisation.pk)

    writers = [_elsewhere(lambda writer=writer: write(writer)) for writer in range(4)]  # type: ignore[misc]
    sealers = [_elsewhere(keep_sealing) for _ in range(2)]
    for thread in writers:
        thread.join(60)
    stop.set()
    for thread in sealers:
        thread.join(60)
    seal(standing.organisation.pk)
    outcome = verify(standing.organisation.pk)
    assert (outcome.problems, outcome.entries, outcome.waiting) == ([], 101, 0)
    told = names_of(standing, _chain(standing))
    assert sorted(told[1:]) == sorted(names)
    for writer in range(4):  # what one writer wrote keeps its order
        own = [name for name in told if name.startswith(f"{writer}.")]
        assert own == [name for name in names if name.startswith(f"{writer}.")]


def test_a_clock_that_steps_back_does_not_change_the_order(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    first = note(standing, "first")
    yesterday = now() - timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: yesterday)
    second = note(standing, "second")
    monkeypatch.undo()
    seal(standing.organisation.pk)
    assert _chain(standing)[-2:] == [*first, *second]


def test_while_one_seals_another_leaves_it_alone(standing: Standing) -> None:
    holds, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with tenancy.scope(standing.organisation.pk):
            assert alone(standing.organisation.pk)
            holds.set()
            assert may_go.wait(20)

    note(standing, "one")
    thread = _elsewhere(hold)
    assert holds.wait(20)
    assert seal(standing.organisation.pk) == 0
    may_go.set()
    thread.join(20)
    assert seal(standing.organisation.pk) == 2


def test_an_outage_of_the_sealer_is_caught_up_in_batches(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sunmao.audit.sealing.BATCH", 10)
    note(standing, *[str(number) for number in range(24)])
    assert seal_all() >= 25
    with tenancy.scope(standing.organisation.pk):
        assert list(Seal.objects.values_list("count", flat=True)) == [10, 10, 5]
        assert not Waiting.objects.exists()
    assert verify(standing.organisation.pk).problems == []


def test_sealing_again_finds_nothing(standing: Standing) -> None:
    sealed(standing, "one")
    assert seal(standing.organisation.pk) == 0
    assert verify(standing.organisation.pk).seals == 2


def test_entries_of_one_class_share_a_seal(standing: Standing) -> None:
    seal(standing.organisation.pk)
    note(standing, "one")
    note(standing, "two", task="medical.ask")
    note(standing, "three")
    note(standing, "four", task="investment_advisory.ask")
    seal(standing.organisation.pk)
    with tenancy.scope(standing.organisation.pk):
        found = list(Seal.objects.filter(number__gt=1).values_list("retention", "count"))
    assert found == [("investment", 1), ("medical_process", 1), ("standard", 2)]


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("what", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_runtime_role_may_only_add(standing: Standing, table: str, what: str) -> None:
    from django.db import DatabaseError

    sealed(standing, "one")
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        tenancy.scope(standing.organisation.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute(what.format(table))
    assert verify(standing.organisation.pk).problems == []


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("what", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_owner_may_only_add_too(standing: Standing, table: str, what: str) -> None:
    import psycopg

    from tests.sunmao.audit.chains import owner

    sealed(standing, "one")
    with owner(standing) as session, pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        session.execute(what.format(table))
    assert verify(standing.organisation.pk).problems == []
