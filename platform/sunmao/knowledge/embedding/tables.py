"""Statements on the partitions of vectors. COPY does not work under row-level security, so rows go in as
arrays."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

_INSERT = """
    INSERT INTO embedding_vector (space_id, organisation_id, passage_id, dense)
    SELECT %(space)s, %(organisation)s, row.passage, row.dense::halfvec
    FROM unnest(%(passages)s::uuid[], %(dense)s::text[]) AS row (passage, dense)
    ON CONFLICT (space_id, passage_id) DO NOTHING
"""
_COPY = """
    WITH part AS (SELECT passage_id, organisation_id, dense FROM embedding_vector
                  WHERE space_id = %(source)s AND passage_id > %(after)s ORDER BY passage_id LIMIT %(limit)s),
    copied AS (INSERT INTO embedding_vector (space_id, passage_id, organisation_id, dense)
               SELECT %(space)s, passage_id, organisation_id, dense FROM part
               ON CONFLICT (space_id, passage_id) DO NOTHING)
    SELECT passage_id FROM part ORDER BY passage_id DESC LIMIT 1
"""
_COPY_REST = """
    INSERT INTO embedding_vector (space_id, passage_id, organisation_id, dense)
    SELECT %(space)s, e.passage_id, e.organisation_id, e.dense FROM embedding_vector e
    WHERE e.space_id = %(source)s AND NOT EXISTS (
        SELECT 1 FROM embedding_vector known
        WHERE known.space_id = %(space)s AND known.passage_id = e.passage_id)
"""
_SAME = """
    INSERT INTO embedding_vector (space_id, passage_id, organisation_id, dense)
    SELECT DISTINCT ON (row.made) %(space)s::uuid, row.made, e.organisation_id, e.dense
    FROM unnest(%(old)s::uuid[], %(made)s::uuid[]) AS row (old, made)
    JOIN embedding_vector e ON e.space_id = ANY(%(sources)s) AND e.passage_id = row.old
    ON CONFLICT (space_id, passage_id) DO NOTHING
"""
# The same pixels, wherever in the organisation they were seen before: they are not looked at again.
_SEEN = """
    INSERT INTO embedding_vector (space_id, passage_id, organisation_id, dense)
    SELECT DISTINCT ON (p.id) %(space)s::uuid, p.id, e.organisation_id, e.dense
    FROM knowledge_passage p
    JOIN knowledge_passage same ON same.image ->> 'sha256' = p.image ->> 'sha256' AND same.id <> p.id
    JOIN embedding_vector e ON e.space_id = ANY(%(sources)s) AND e.passage_id = same.id
    WHERE p.id = ANY(%(passages)s)
    ON CONFLICT (space_id, passage_id) DO NOTHING
    RETURNING passage_id
"""
_MISSING = """
    FROM knowledge_passage_vector v JOIN knowledge_passage p ON p.id = v.passage_id
    WHERE v.base_id = %(base)s AND (%(language)s = '' OR p.language = %(language)s)
      AND (NOT %(pictures)s OR (p.image IS NOT NULL AND NOT p.image ? 'unseen'))
      AND NOT EXISTS (SELECT 1 FROM embedding_vector e
                      WHERE e.space_id = %(space)s AND e.passage_id = v.passage_id)
"""


def literal(values: Sequence[float]) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in values) + "]"


def insert(
    *,
    space: uuid.UUID,
    organisation: uuid.UUID,
    passages: Sequence[uuid.UUID],
    dense: Sequence[Sequence[float]],
) -> int:
    """How many were not there yet."""
    return _run(
        _INSERT,
        space=space,
        organisation=organisation,
        passages=list(passages),
        dense=[literal(values) for values in dense],
    )


def copy_part(*, source: uuid.UUID, space: uuid.UUID, after: uuid.UUID, limit: int) -> uuid.UUID | None:
    """The next vectors of another space of the same encoder; the last passage, None at the end."""
    with connection.cursor() as cursor:
        cursor.execute(_COPY, {"source": source, "space": space, "after": after, "limit": limit})
        row = cursor.fetchone()
    return row[0] if row else None


def copy_rest(*, source: uuid.UUID, space: uuid.UUID) -> int:
    return _run(_COPY_REST, source=source, space=space)


def repeat(
    *, space: uuid.UUID, sources: Sequence[uuid.UUID], old: Sequence[uuid.UUID], made: Sequence[uuid.UUID]
) -> int:
    """New passages with the text of old ones get their vectors, from spaces of the same encoder."""
    return _run(_SAME, space=space, sources=list(sources), old=list(old), made=list(made))


def repeat_seen(
    *, space: uuid.UUID, sources: Sequence[uuid.UUID], passages: Sequence[uuid.UUID]
) -> set[uuid.UUID]:
    """Passages with a picture that another passage has too get its vector; these are returned."""
    given: dict[str, Any] = {"space": space, "sources": list(sources), "passages": list(passages)}
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, given)
        return {row[0] for row in cursor.fetchall()}


def missing(
    *, space: uuid.UUID, base: uuid.UUID, language: str, limit: int, pictures: bool = False
) -> list[uuid.UUID]:
    """Passages of the base, living or not, that the space has no vector of."""
    given: dict[str, Any] = {
        "space": space, "base": base, "language": language, "limit": limit, "pictures": pictures
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT v.passage_id {_MISSING} LIMIT %(limit)s", given)  # noqa: S608  constants only
        return [row[0] for row in cursor.fetchall()]


def count_missing(*, space: uuid.UUID, base: uuid.UUID, language: str, pictures: bool = False) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) {_MISSING}",  # noqa: S608  constants only
            {"space": space, "base": base, "language": language, "pictures": pictures},
        )
        return int(cursor.fetchone()[0])


def count(space: uuid.UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM embedding_vector WHERE space_id = %s", [space])
        return int(cursor.fetchone()[0])


def empty(space: uuid.UUID) -> None:
    _run("DELETE FROM embedding_vector WHERE space_id = %(space)s", space=space)


def make_partition(space: uuid.UUID) -> None:
    _run("SELECT embedding_make_partition(%(space)s)", space=space)


def make_index(space: uuid.UUID, *, memory_kib: int) -> None:
    _run("SELECT embedding_make_index(%(space)s, %(memory)s)", space=space, memory=memory_kib)


def drop_index(space: uuid.UUID) -> None:
    _run("SELECT embedding_drop_index(%(space)s)", space=space)


def drop_partition(space: uuid.UUID, *, patience: str) -> None:
    """It needs every search to pause for a moment: one that has to wait longer than that gives up."""
    _run("SELECT set_config('lock_timeout', %(patience)s, true)", patience=patience)
    _run("SELECT embedding_drop_partition(%(space)s)", space=space)


def _run(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
