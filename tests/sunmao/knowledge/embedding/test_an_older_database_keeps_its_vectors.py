"""A database that was filled before vectors had spaces of their own comes over with every one of them."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from apps.config.supervisor.postgres import EmbeddedPostgres

pytestmark = pytest.mark.slow

ORGANISATIONS = ("hemu", "qinghe")
BEFORE = ("knowledge", "0006_days_in_force")
AFTER = ("embedding", "postings", "graph")
# Which bases there were: passages, and how many of them had a vector.
BASES = {
    ("hemu", "english"): (5, 5),
    ("hemu", "mixed"): (4, 2),
    ("hemu", "chinese"): (3, 0),
    ("qinghe", "own"): (2, 2),
}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.scratch() as running:
        yield running


def _migrate(server: EmbeddedPostgres, *target: str) -> None:
    url = f"postgresql://%s@/sunmao?host={server.socket_dir}"
    environment = os.environ | {
        "DATABASE_URL": url % "sunmao_app",
        "DATABASE_OWNER_URL": url % "sunmao_owner",
    }
    command = [sys.executable, "-W", "ignore", "manage.py", "migrate", *target, "--verbosity", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr


def _fill(server: EmbeddedPostgres) -> dict[str, uuid.UUID]:
    """Rows as the release before wrote them, by the role that wrote them."""
    own = {name: uuid.uuid4() for name in ORGANISATIONS}
    with psycopg.connect(server.conninfo("sunmao", "sunmao_app"), autocommit=True) as connection:
        for name, key in own.items():
            connection.execute(
                "INSERT INTO accounts_organisation (id, slug, name, enabled_verticals, created_at)"
                " VALUES (%s, %s, %s, '[]', now())",
                [key, name, name],
            )
        for (organisation, slug), (passages, vectors) in BASES.items():
            _base(connection, own[organisation], slug, passages, vectors)
    return own


def _base(
    connection: psycopg.Connection, organisation: uuid.UUID, slug: str, passages: int, vectors: int
) -> None:
    base = uuid.uuid4()
    connection.execute("SELECT set_config('app.organisation_id', %s, false)", [str(organisation)])
    connection.execute(
        "INSERT INTO knowledge_knowledgebase"
        " (id, organisation_id, slug, name, audience, version, passage_count, created_at)"
        " VALUES (%s, %s, %s, %s, 'everyone', 1, %s, now())",
        [base, organisation, slug, slug, passages],
    )
    connection.execute("SELECT knowledge_make_partition(%s)", [base])
    for number in range(passages):
        connection.execute(
            "INSERT INTO knowledge_passage_vector"
            " (base_id, passage_id, organisation_id, born, died, held, lexical, dense)"
            " VALUES (%s, %s, %s, 1, %s, %s, %s::sparsevec, %s::halfvec)",
            [
                base, uuid.uuid4(), organisation, 1 if number == 1 else None, number == 2,
                f"{{{number + 1}:1.5}}/536870912", f"[0.6,0.8,{number}]" if number < vectors else None,
            ],
        )  # fmt: skip


def _read(server: EmbeddedPostgres, organisation: uuid.UUID, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.conninfo("sunmao", "sunmao_app"), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.organisation_id', %s, false)", [str(organisation)])
        return connection.execute(statement.encode()).fetchall()


VECTORS_BEFORE = """SELECT b.slug, v.passage_id, v.dense::text FROM knowledge_passage_vector v
    JOIN knowledge_knowledgebase b ON b.id = v.base_id WHERE v.dense IS NOT NULL ORDER BY 1, 2"""
VECTORS_AFTER = """SELECT b.slug, e.passage_id, e.dense::text FROM embedding_vector e
    JOIN embedding_space s ON s.id = e.space_id JOIN knowledge_knowledgebase b ON b.id = s.base_id
    ORDER BY 1, 2"""
WORDS = """SELECT passage_id, base_id, born, died, held, lexical::text FROM knowledge_passage_vector
    ORDER BY 1"""
SPACES = """SELECT b.slug, s.language, s.encoder, s.name, s.revision, s.dimensions, s.state, s.vectors
    FROM embedding_space s JOIN knowledge_knowledgebase b ON b.id = s.base_id ORDER BY 1"""
MINILM = ("en", "minilm", "all-MiniLM-L6-v2", "0.1.0", 384, "serving")


def test_every_vector_moves_and_every_word_stays(server: EmbeddedPostgres) -> None:
    _migrate(server, *BEFORE)
    own = _fill(server)
    vectors = {name: _read(server, key, VECTORS_BEFORE) for name, key in own.items()}
    words = {name: _read(server, key, WORDS) for name, key in own.items()}
    for app in AFTER:
        _migrate(server, app)
    assert {name: len(rows) for name, rows in vectors.items()} == {"hemu": 7, "qinghe": 2}
    assert {name: _read(server, key, VECTORS_AFTER) for name, key in own.items()} == vectors
    assert {name: len(rows) for name, rows in words.items()} == {"hemu": 12, "qinghe": 2}
    assert {name: _read(server, key, WORDS) for name, key in own.items()} == words
    assert _read(server, own["hemu"], SPACES) == [("english", *MINILM, 5), ("mixed", *MINILM, 2)]
    assert _read(server, own["qinghe"], SPACES) == [("own", *MINILM, 2)]
    columns = "SELECT column_name FROM information_schema.columns WHERE column_name = 'dense'"
    held = f"{columns} AND table_name LIKE 'knowledge_passage_vector%'"
    assert _read(server, own["hemu"], held) == []
