"""The migrations meet a log that people have filled: names go under lock, and everything is sealed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest

from apps.config.supervisor import paths
from apps.config.supervisor.postgres import EmbeddedPostgres
from sunmao.core.ids import new_id

DATABASE = "earlier_log"
READ = """
from uuid import UUID
from sunmao.audit.models import Entry
from sunmao.core import tenancy
with tenancy.scope(UUID("{organisation_id}")):
    for e in Entry.objects.filter(verb="member.added"):
        print(e.who, "|", e.personal["username"])
    print(Entry.objects.get(verb="organisation.created").who)
"""
LIN, MEI, AT = "Lin Planted-Name", "mei.planted", "2026-01-01T00:00Z"


@pytest.fixture
def earlier(django_db_setup: None) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir(), durable=False)
    server.bootstrap(DATABASE)
    _in_one_process(
        *(
            ("migrate", "--no-input", *to)
            for to in (("core", "0001"), ("accounts", "0002"), ("audit", "0002"))
        )
    )
    yield server
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def _manage(*arguments: str) -> str:
    host = quote(str(paths.postgres_socket_dir()), safe="")
    urls = {
        name: f"postgresql://{role}@/{DATABASE}?host={host}"
        for name, role in (("DATABASE_URL", "sunmao_app"), ("DATABASE_OWNER_URL", "sunmao_owner"))
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=paths.REPOSITORY,
        env=os.environ | urls,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


_CALLS = """
import json
from contextlib import redirect_stdout
from io import StringIO
from django.core.management import call_command
told = []
for command in {commands!r}:
    said = StringIO()
    with redirect_stdout(said):
        call_command(*command)
    told.append(said.getvalue())
print(json.dumps(told))
"""


def _in_one_process(*commands: tuple[str, ...]) -> list[str]:
    """What each printed. To start a process takes longer than what a command does in it."""
    told: list[str] = json.loads(_manage("shell", "-v", "0", "-c", _CALLS.format(commands=commands)))
    return told


def _insert(connection: psycopg.Connection[Any], table: str, **values: Any) -> None:
    columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})".encode(), list(values.values()))


def _entry(connection: psycopg.Connection[Any], organisation_id: UUID, **values: Any) -> None:
    _insert(
        connection,
        "audit_entry",
        id=new_id(),
        organisation_id=organisation_id,
        at=AT,
        request_id="",
        **{"subject_kind": "thing", "subject_id": str(new_id()), "detail": "{}", **values},
    )


def _fill(connection: psycopg.Connection[Any]) -> UUID:
    organisation_id, mei = new_id(), new_id()
    _insert(
        connection,
        "accounts_organisation",
        id=organisation_id,
        slug="earlier",
        name="x",
        enabled_verticals="[]",
        created_at=AT,
    )
    _insert(
        connection,
        "accounts_user",
        id=mei,
        username=MEI,
        date_joined=AT,
        **dict.fromkeys(["password", "first_name", "last_name", "email", "language"], ""),
        **dict.fromkeys(["is_superuser", "is_staff", "is_active"], False),
    )
    _entry(connection, organisation_id, actor_kind="system", actor_name="system", verb="organisation.created")
    named = json.dumps({"username": MEI, "role": "agent"})
    for _ in range(3):
        _entry(
            connection,
            organisation_id,
            actor_kind="user",
            actor_id=mei,
            actor_name=LIN,
            verb="member.added",
            detail=named,
        )
    return organisation_id


def test_old_entries_are_locked_sealed_and_verified(earlier: EmbeddedPostgres) -> None:
    with psycopg.connect(earlier.conninfo(DATABASE)) as connection:
        organisation_id = _fill(connection)

    _manage("migrate", "--no-input")
    sealed, verified, read = _in_one_process(
        ("audit", "seal", "--all", "--json"),
        ("audit", "verify", "--all", "--json"),
        ("shell", "-v", "0", "-c", READ.format(organisation_id=organisation_id)),
    )
    assert json.loads(sealed) == {"sealed": 4}
    told = json.loads(verified)["organisations"]
    assert [(one["organisation"], one["sound"], one["entries"]) for one in told] == [
        (str(organisation_id), True, 4)
    ]

    with psycopg.connect(earlier.conninfo(DATABASE)) as connection:
        found = connection.execute("SELECT string_agg(to_jsonb(e)::text, ' ') FROM audit_entry e").fetchone()
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("UPDATE audit_entry SET verb = 'x'")
    stored = str(found)
    assert LIN not in stored
    assert MEI not in stored
    assert '"role": "agent"' in stored
    assert read.splitlines() == [*[f"{LIN} | {MEI}"] * 3, "system"]
