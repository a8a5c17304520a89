"""Every table with an organisation, one after the other: row-level security alone keeps its rows apart.

Nothing here filters by organisation. A row is put into each table for one house, and looked for, changed,
deleted and forged from another. The tables are those of the database, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from sunmao.core import tenancy
from sunmao.core.models import TenantModel
from tests.security.world import World, taken_back

# Tables without a model: their rows are written by statements of their own.
BARE = {"audit_waiting", "embedding_vector", "knowledge_passage_vector", "knowledge_term", "postings_list"}
MODELS = {
    model._meta.db_table
    for model in apps.get_models()
    if issubclass(model, TenantModel) and model._meta.managed
}
TENANT_TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relispartition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
"""
POLICIES = """
    SELECT tablename, policyname, cmd, coalesce(qual, ''), coalesce(with_check, '')
    FROM pg_policies WHERE schemaname = 'public'
"""
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, NULL), a.attnotnull
    FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' AND a.attidentity <> 'a'
"""
# A value of each type that the tables know; a table whose checks want another says so in VALUES.
OF_TYPE: dict[str, Any] = {
    "text": "x", "character varying": "x", "integer": 1, "smallint": 1, "bigint": 1, "boolean": False,
    "jsonb": "{}", "timestamp with time zone": "2026-01-31T08:00:00Z", "date": "2026-01-31",
    "double precision": 1.0, "numeric": 1, "bytea": "\\x00", "sparsevec": "{1:1}/536870912", "inet": "::1",
    "real": 1.0, "halfvec": "[0.6,0.8]",
}  # fmt: skip
VALUES: dict[str, dict[str, Any]] = {"accounts_grant": {"team_id": None, "key_id": None}}


def tables() -> list[tuple[str, bool, bool, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(TENANT_TABLES)
        return list(cursor.fetchall())


def test_every_table_is_known(world: World) -> None:
    """A table of the database that is no model's must be named above, so that it is tried below."""
    assert {name for name, _, _, partition in tables() if not partition} == MODELS | BARE


def test_row_level_security_is_enabled_and_forced(world: World) -> None:
    """Partitions included: they can be asked by their own names."""
    assert [name for name, enabled, forced, _ in tables() if not (enabled and forced)] == []


def test_every_policy_asks_for_the_organisation_or_a_key(world: World) -> None:
    """Reading may be opened to the holder of a row's key; writing always needs the organisation."""
    with connection.cursor() as cursor:
        cursor.execute(POLICIES)
        policies = cursor.fetchall()
    protected = {name for name, *_ in tables()}
    whole = {
        table for table, _, command, using, checked in policies if command == "ALL" and _own(using, checked)
    }
    assert protected - whole == set()
    others = [row for row in policies if row[0] in protected and not (row[2] == "ALL" and _own(*row[3:]))]
    assert [row for row in others if row[2] != "SELECT" or "current_setting('app." not in row[3]] == []


def _own(using: str, checked: str) -> bool:
    return all(
        "organisation_id = ( SELECT" in text and "app.organisation_id" in text for text in (using, checked)
    )


@pytest.fixture(params=sorted(MODELS | BARE))
def table(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def _columns(table: str) -> list[tuple[str, str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return list(cursor.fetchall())


def _row(table: str, world: World, organisation: uuid.UUID) -> dict[str, Any]:
    """Foreign keys are checked at the commit, which never comes."""
    row = {name: uuid.uuid4() if kind == "uuid" else _of_type(kind) for name, kind, _ in _columns(table)}
    row |= {"organisation_id": organisation, **VALUES.get(table, {})}
    house = world.own if organisation == world.own.organisation.pk else world.foreign
    partitions = {"base_id": house.open.base_id, "space_id": house.open.space}
    return row | {name: key for name, key in partitions.items() if name in row}


def _of_type(kind: str) -> Any:
    return "{}" if kind.endswith("[]") else OF_TYPE[kind]


def _insert(table: str, row: dict[str, Any], *, unless_there: bool = False) -> None:
    rest = "ON CONFLICT DO NOTHING" if unless_there else ""
    names, marks = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) {rest}", list(row.values()))


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _changed(statement: str) -> int:
    """Rows changed; where the role may not change at all, or a trigger refuses, none."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.rowcount)
    except DatabaseError:
        return 0


@pytest.fixture
def houses(world: World, table: str) -> Iterator[tuple[uuid.UUID, uuid.UUID]]:
    """One row more for the own house, in a transaction that is taken back; and both houses."""
    own, foreign = world.own.organisation.pk, world.foreign.organisation.pk
    with taken_back():
        with tenancy.scope(own):
            _insert(table, _row(table, world, own), unless_there=True)
        yield own, foreign


def _visible(table: str, organisation: uuid.UUID) -> set[uuid.UUID]:
    """Whose rows are seen, without a filter."""
    with tenancy.scope(organisation), connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT organisation_id FROM {table}")
        return {row[0] for row in cursor.fetchall()}


def test_an_unfiltered_look_sees_the_own_rows_alone(table: str, houses: tuple[uuid.UUID, uuid.UUID]) -> None:
    own, foreign = houses
    assert _visible(table, own) == {own}
    assert _visible(table, foreign) - {foreign} == set()
    assert _visible(table, uuid.uuid4()) == set()


def test_without_an_organisation_nothing_is_seen(table: str, houses: tuple[uuid.UUID, uuid.UUID]) -> None:
    assert _count(table) == 0


def test_foreign_rows_are_neither_changed_nor_deleted(
    table: str, houses: tuple[uuid.UUID, uuid.UUID]
) -> None:
    own, _ = houses
    stranger = uuid.uuid4()
    with tenancy.scope(own):
        before = _count(table)
    with tenancy.scope(stranger):
        assert _changed(f"UPDATE {table} SET organisation_id = '{stranger}'") == 0
        assert _changed(f"DELETE FROM {table}") == 0
    with tenancy.scope(own):
        assert _count(table) == before > 0


def test_a_row_cannot_be_forged_for_another_house(table: str, world: World) -> None:
    own, foreign = world.own.organisation.pk, world.foreign.organisation.pk
    refused = pytest.raises(DatabaseError, match="row-level security|permission denied")
    with taken_back(), tenancy.scope(foreign), refused:
        _insert(table, _row(table, world, own))


def test_an_own_row_cannot_be_given_away(table: str, houses: tuple[uuid.UUID, uuid.UUID]) -> None:
    own, foreign = houses
    with tenancy.scope(own):
        assert _changed(f"UPDATE {table} SET organisation_id = '{foreign}'") == 0
