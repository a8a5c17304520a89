"""Address × method × caller × whose object: no cell is empty, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.security import matrix, rows
from tests.security.matrix import Row, Target, Whose, expected
from tests.security.rows import ROWS
from tests.security.world import Caller, Watch, World, entries_of, taken_back

WHOSE: dict[str, tuple[Whose, ...]] = {
    "nothing": ("own",),
    "shelf": ("own", "staff", "foreign"),
    "house": ("own", "foreign"),
    "own": ("own", "foreign"),
}


def target_of(world: World, row: Row, caller: Caller, whose: Whose) -> Target:
    house = world.foreign if whose == "foreign" else world.own
    shelf = house.staff if whose == "staff" else house.open
    mine = world.own.exchanges.get(caller.name) if whose == "own" else None
    return Target(house, shelf, mine or house.exchanges["colleague"])


def test_every_address_is_in_the_matrix() -> None:
    assert sorted(set(rows.routes()) - {row.route for row in ROWS}) == []


def test_no_row_is_left_over() -> None:
    assert sorted({row.route for row in ROWS} - set(rows.routes())) == []


def test_the_console_shows_the_tables_of_the_matrix() -> None:
    assert rows.tables_of_the_console() == set(rows.MODELS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_caller_is_told_what_the_table_says(world: World, row: Row) -> None:
    wrong = []
    for caller in world.callers.values():
        for whose in WHOSE[row.names]:
            wrong += list(_tried(world, row, caller, whose))
    assert not wrong, "\n".join(["", *wrong])


def _tried(world: World, row: Row, caller: Caller, whose: Whose) -> Iterator[str]:
    cell = f"{caller.name}, {whose}"
    should = expected(row, caller, whose)
    before = world.entries
    with taken_back(caller.client):
        watch = None if should.allowed else Watch()
        response = row.send(caller.client, target_of(world, row, caller, whose))
        if not matrix.is_as_expected(row, should, response.status_code):
            yield f"{cell}: {response.status_code} instead of {should} {response.content[:200]!r}"
        if watch and (changed := _changed(watch, world, before)):
            yield f"{cell}: refused, and yet wrote {changed}"
        if (
            whose == "foreign"
            and response.status_code < 300
            and world.foreign.slug in response.content.decode(errors="replace")
        ):
            yield f"{cell}: names what is not theirs"


def _changed(watch: Watch, world: World, before: set[object]) -> set[str]:
    """A refusal may leave one entry that says so, and nothing else."""
    written = watch.written()
    if written & AUDIT:
        told = [verb for pk, verb in entries_of(world.own.organisation).items() if pk not in before]
        if told == ["access.denied"]:
            written -= AUDIT
    return written


AUDIT = {"audit_entry", "audit_waiting"}
MUTATING = [row for row in ROWS if (row.method != "GET" or row.writes) and row.needs != matrix.NOBODY_MAY]


@pytest.mark.parametrize("row", MUTATING, ids=lambda row: row.id)
def test_every_change_writes_exactly_one_entry(world: World, row: Row) -> None:
    """A question writes two: that it will be answered, and what was answered."""
    owner = world.callers["owner"]
    with taken_back(owner.client):
        before = entries_of(world.own.organisation)
        response = row.send(owner.client, target_of(world, row, owner, "own"))
        response.getvalue()  # of a stream, all of it
        after = entries_of(world.own.organisation)
    assert response.status_code == row.gives
    assert [verb for entry, verb in after.items() if entry not in before] == list(row.writes)
    assert bool(row.writes) != bool(row.silent), "a change without an entry needs a reason"


FORMS = [row for row in MUTATING if row.needs != matrix.OPEN and row.method != "GET"]


@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.id)
def test_a_session_without_the_csrf_token_changes_nothing(world: World, row: Row) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.cookies = world.callers["owner"].client.cookies.copy()
    with taken_back():
        before = entries_of(world.own.organisation)
        watch = Watch()
        response = row.send(strict, target_of(world, row, world.callers["owner"], "own"))
        assert (response.status_code, _changed(watch, world, set(before))) == (403, set())


UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ONCE = {row.route: row for row in ROWS}


@pytest.mark.parametrize("route", sorted(ONCE))
def test_a_method_that_is_not_in_the_table_changes_nothing(world: World, route: str) -> None:
    known = {row.method for row in ROWS if row.route == route}
    owner = world.callers["owner"]
    for method in set(UNSAFE) - known:
        with taken_back(owner.client):
            before = set(entries_of(world.own.organisation))
            watch = Watch()
            client = _sending(owner.client, method)
            response = ONCE[route].send(client, target_of(world, ONCE[route], owner, "own"))
            assert (method, _changed(watch, world, before)) == (method, set())
            assert response.status_code not in range(500, 600) or route == "health"


def _sending(client: Client, method: str) -> Any:
    """A client whose every method is this one."""

    class Other:
        def __getattr__(self, _: str) -> Any:
            return lambda path, data=None, **_options: client.generic(method, path)

    return Other()
