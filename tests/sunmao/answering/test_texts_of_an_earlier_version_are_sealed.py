"""The migration meets a database that people have already used."""

from __future__ import annotations

import base64
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
from sunmao.core.crypto.sealing import opened, unseal
from sunmao.core.ids import new_id

STARTER = "Zhang Weiwei"
MARKERS = (STARTER, "我父亲的电话是 13800138000", "a question of Mei", "an answer to Mei", "a quoted passage")
CITATIONS = '[{"quote": "a quoted passage"}]'
ORGANISATIONS, MEI = (new_id(), new_id()), new_id()


@pytest.fixture
def earlier(django_db_setup: None) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir(), durable=False)
    server.bootstrap("earlier")
    _migrate("core", "0001")
    _migrate("accounts", "0002")
    _migrate("answering", "0002")
    _migrate("jobs", "0002")
    yield server
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("DROP DATABASE earlier WITH (FORCE)")


def _migrate(*arguments: str) -> None:
    host = quote(str(paths.postgres_socket_dir()), safe="")
    urls = {
        name: f"postgresql://{role}@/earlier?host={host}"
        for name, role in (("DATABASE_URL", "sunmao_app"), ("DATABASE_OWNER_URL", "sunmao_owner"))
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", *arguments],
        cwd=paths.REPOSITORY,
        env=os.environ | urls,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _insert(connection: psycopg.Connection[Any], table: str, **values: Any) -> None:
    columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(values.values()))


def _fill(connection: psycopg.Connection[Any], organisation_id: UUID) -> None:
    conversation, exchange = new_id(), new_id()
    at, asked = "2026-01-01T00:00Z", {"task": "customer_service.ask", "question": MARKERS[2]}
    _insert(
        connection,
        "accounts_organisation",
        id=organisation_id,
        slug=str(organisation_id),
        name="x",
        enabled_verticals="[]",
        created_at=at,
    )
    _insert(
        connection,
        "jobs_job",
        id=new_id(),
        organisation_id=organisation_id,
        kind="knowledge.ingest",
        queue="cpu",
        state="succeeded",
        **dict.fromkeys(["payload", "error_texts", "result"], "{}"),
        **dict.fromkeys(["attempts", "max_attempts", "fence", "progress", "progress_total"], 1),
        **dict.fromkeys(["error_code", "request_id"], ""),
        created_by=STARTER,
        created_at=at,
    )
    _insert(
        connection,
        "answering_conversation",
        id=conversation,
        organisation_id=organisation_id,
        owner_id=MEI,
        vertical="customer_service",
        title=MARKERS[1],
        created_at=at,
        updated_at=at,
    )
    _insert(
        connection,
        "answering_exchange",
        id=exchange,
        organisation_id=organisation_id,
        conversation_id=conversation,
        owner_kind="user",
        owner_id=MEI,
        owner_language="en",
        **asked,
        **dict.fromkeys(["options", "error"], "{}"),
        state="done",
        feedback="",
        created_at=at,
        deadline=at,
    )
    _insert(
        connection,
        "answering_answerrecord",
        id=new_id(),
        organisation_id=organisation_id,
        exchange_id=exchange,
        release_id=new_id(),
        actor_kind="user",
        actor_id=MEI,
        **asked,
        language="en",
        outcome="answered",
        text=MARKERS[3],
        citations=CITATIONS,
        **dict.fromkeys(["findings", "read", "spans"], "[]"),
        **dict.fromkeys(["knowledge", "label"], "{}"),
        engine="extractive",
        model="",
        relevance=1,
        seconds=1,
        created_at=at,
    )


@pytest.mark.slow
def test_rows_of_every_organisation_are_sealed_and_open_again(earlier: EmbeddedPostgres) -> None:
    with psycopg.connect(earlier.conninfo("earlier")) as connection:
        for organisation_id in ORGANISATIONS:
            _fill(connection, organisation_id)

    _migrate("answering", "0003")
    _migrate("jobs", "0003")

    with psycopg.connect(earlier.conninfo("earlier")) as connection:
        for table in (
            "core_personkey",
            "jobs_job",
            "answering_conversation",
            "answering_exchange",
            "answering_answerrecord",
        ):
            text = str(
                connection.execute(f"SELECT string_agg(to_jsonb(t)::text, ' ') FROM {table} t").fetchone()
            )
            assert text != "(None,)"
            assert not any(marker in text for marker in MARKERS), table
        # Mei's and, for a name that no member has, nobody's
        assert connection.execute("SELECT count(*) FROM core_personkey").fetchone() == (4,)
        assert _opened(connection, "jobs_job", "created_by") == [STARTER] * 2
        assert _opened(connection, "answering_answerrecord", "citations") == [CITATIONS] * 2
        assert _opened(connection, "answering_conversation", "title") == [MARKERS[1]] * 2
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("UPDATE answering_answerrecord SET seconds = 2")


def _opened(connection: psycopg.Connection[Any], table: str, column: str) -> list[str]:
    """With the key ring and the tables alone, as a restored backup would be read."""
    rows = connection.execute(
        f"SELECT t.id, t.{column}, k.id, k.secret FROM {table} t JOIN core_personkey k ON k.id = t.person_key"
    ).fetchall()
    return [
        opened(
            base64.b64decode(unseal(secret, context=f"core_personkey.secret:{key_id}")),
            token,
            context=f"{table}.{column}:{row_id}",
        )
        for row_id, token, key_id, secret in rows
    ]
