"""For migrations: seal the plain texts that a table holds already, organisation by organisation.

It runs as the owner, whom row-level security binds as well, inside the migration's transaction.
"""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations.state import StateApps

from sunmao.core.crypto.persons import KEY_BYTES, VERSION
from sunmao.core.crypto.sealing import locked
from sunmao.core.ids import new_id
from sunmao.core.tenancy import ORGANISATION

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Table:
    """`who` gives person and duty of a row from the values of `about`."""

    name: str
    sealed: Sequence[str]
    about: Sequence[str]
    who: Callable[..., tuple[str, str]]
    key: str = "person_key"
    append_only: bool = False


class Keys:
    """The keys of one organisation's people, made as they are met."""

    def __init__(self, apps: StateApps, alias: str, organisation_id: uuid.UUID) -> None:
        self._rows = apps.get_model("core", "PersonKey").objects.using(alias)
        self._organisation_id = organisation_id
        self._known: dict[tuple[str, str], tuple[uuid.UUID, bytes]] = {}

    def of(self, person: str, duty: str) -> tuple[uuid.UUID, bytes]:
        if (person, duty) not in self._known:
            self._known[person, duty] = self._find(person, duty) or self._make(person, duty)
        return self._known[person, duty]

    def _find(self, person: str, duty: str) -> tuple[uuid.UUID, bytes] | None:
        indexes = self._rows.model._meta.get_field("person_index").search(person)
        row = self._rows.filter(person_index__in=indexes, duty=duty, destroyed_at=None).first()
        return (row.pk, base64.b64decode(row.secret)) if row else None

    def _make(self, person: str, duty: str) -> tuple[uuid.UUID, bytes]:
        secret = os.urandom(KEY_BYTES)
        row = self._rows.create(
            id=new_id(),
            organisation_id=self._organisation_id,
            person=person,
            duty=duty,
            secret=base64.b64encode(secret).decode(),
        )
        return row.pk, secret


def seal_existing(apps: StateApps, editor: BaseDatabaseSchemaEditor, tables: Sequence[Table]) -> None:
    """Seal `tables`, whose columns are text already, and fill in whose key each row was sealed with."""
    with editor.connection.cursor() as cursor:
        for table in tables:
            with changeable(cursor, table.name, append_only=table.append_only):
                for keys in in_each_organisation(apps, editor, cursor):
                    _seal_rows(cursor, table, keys)


def in_each_organisation(
    apps: StateApps, editor: BaseDatabaseSchemaEditor, cursor: CursorWrapper
) -> Iterator[Keys]:
    """The keys of each organisation, while its rows are those that are seen."""
    cursor.execute("SELECT id FROM accounts_organisation")
    for (organisation_id,) in cursor.fetchall():
        cursor.execute("SELECT set_config(%s, %s, true)", [ORGANISATION, str(organisation_id)])
        yield Keys(apps, editor.connection.alias, organisation_id)
    cursor.execute("SELECT set_config(%s, '', true)", [ORGANISATION])


@contextmanager
def changeable(cursor: CursorWrapper, table: str, *, append_only: bool = True) -> Iterator[None]:
    """If anything fails, the transaction takes the trigger's absence back as well."""
    # A table cannot be altered while a check of a foreign key on it waits for the commit.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if append_only:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
    yield
    if append_only:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")


def _seal_rows(cursor: CursorWrapper, table: Table, keys: Keys) -> None:
    columns = ", ".join(["id", *table.about, *table.sealed])
    unsealed = f"SELECT {columns} FROM {table.name} WHERE {table.key} IS NULL LIMIT {BATCH}"  # noqa: S608
    setting = ", ".join(f"{column} = %s" for column in [table.key, *table.sealed])
    change = f"UPDATE {table.name} SET {setting} WHERE id = %s"  # noqa: S608
    while True:
        cursor.execute(unsealed)
        rows = cursor.fetchall()
        if not rows:
            return
        for row in rows:
            about, plain = row[1 : 1 + len(table.about)], row[1 + len(table.about) :]
            key_id, secret = keys.of(*table.who(*about))
            tokens = [
                None if text is None else token(table.name, column, row[0], key_id, secret, text)
                for column, text in zip(table.sealed, plain, strict=True)
            ]
            cursor.execute(change, [key_id, *tokens, row[0]])


def token(table: str, column: str, row_id: uuid.UUID, key_id: uuid.UUID, secret: bytes, text: str) -> str:
    context = f"{table}.{column}:{row_id}"
    return locked(secret, text, head=f"{VERSION}.{key_id.hex}", context=context)
