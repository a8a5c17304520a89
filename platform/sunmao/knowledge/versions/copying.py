"""Giving passages another life: under new ids, with their vectors, never read or encoded again."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from sunmao.core.ids import new_id
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.graph import extraction
from sunmao.knowledge.models import KnowledgeBase, Passage, Quarantine
from sunmao.knowledge.versions.windows import Window

_FIELDS = """organisation_id, base_id, document_id, revision_id, ordinal, kind, label, heading_path, text,
    start, "end", parent_start, parent_end, page, image, language, quarantine, suspicion, content_hash"""
_PAIRS = "unnest(%(old)s::uuid[], %(new)s::uuid[]) AS pair (old, new)"
_COPY_PASSAGES = f"""
    INSERT INTO knowledge_passage (id, born, applies_from, applies_until, {_FIELDS})
    SELECT pair.new, %(version)s, %(first)s, %(end)s, {_FIELDS}
    FROM {_PAIRS} JOIN knowledge_passage p ON p.id = pair.old
"""  # noqa: S608  constants only
# The base of the source may be another one; a partition is found by its base.
_COPY_VECTORS = f"""
    INSERT INTO knowledge_passage_vector
        (base_id, organisation_id, passage_id, born, applies_from, applies_until, held, lexical)
    SELECT %(base)s, v.organisation_id, pair.new, %(version)s, %(first)s, %(end)s,
           p.quarantine IN ('held', 'removed'), v.lexical
    FROM {_PAIRS} JOIN knowledge_passage p ON p.id = pair.new
        JOIN knowledge_passage_vector v ON v.passage_id = pair.old AND v.base_id = ANY(%(sources)s)
"""  # noqa: S608  constants only
# A sparsevec prints as {dimension:weight,…}/dimensions; its text is the only way to its dimensions in SQL.
_TERMS = """
    SELECT split_part(entry, ':', 1)::integer AS dimension, count(*) AS passages
    FROM knowledge_passage_vector v,
        unnest(string_to_array(trim(both '{}' from split_part(v.lexical::text, '/', 1)), ',')) AS entry
    WHERE v.base_id = %(base)s AND v.passage_id = ANY(%(passages)s) AND NOT v.held AND entry <> ''
    GROUP BY 1 ORDER BY 1
"""
_FORGET_TERMS = f"""
    WITH gone AS ({_TERMS})
    UPDATE knowledge_term t SET passages = t.passages - gone.passages
    FROM gone WHERE t.base_id = %(base)s AND t.dimension = gone.dimension
"""  # noqa: S608  constants only
_COUNT_TERMS = f"""
    INSERT INTO knowledge_term (base_id, organisation_id, dimension, passages)
    SELECT %(base)s, %(organisation)s, found.dimension, found.passages FROM ({_TERMS}) found
    ON CONFLICT (base_id, dimension) DO UPDATE SET passages = knowledge_term.passages + excluded.passages
"""  # noqa: S608  constants only
_END_VECTORS = """
    UPDATE knowledge_passage_vector v SET died = %(version)s
    WHERE v.base_id = %(base)s AND v.passage_id = ANY(%(passages)s) AND v.died IS NULL
"""
UNREAD = (Quarantine.HELD, Quarantine.REMOVED)


class VectorsGone(Exception):
    """What was to be copied is no longer there. The work is done again, without it."""


def alive_at(version: int) -> Q:
    return Q(born__lte=version) & (Q(died=None) | Q(died__gt=version))


def retire(*, base: KnowledgeBase, passages: QuerySet[Passage], version: int) -> int:
    """End the life of living passages at `version` and take their words out of the statistics. Returns how
    many that questions had read ended."""
    rows = list(passages.filter(died=None).values_list("pk", "quarantine"))
    ids = [pk for pk, _ in rows]
    _run([_FORGET_TERMS, _END_VECTORS], base=base, passages=ids, version=version)
    Passage.objects.filter(pk__in=ids).update(died=version)
    return _counted(base, -sum(quarantine not in UNREAD for _, quarantine in rows))


def copy(
    *, base: KnowledgeBase, passages: QuerySet[Passage], window: Window, version: int
) -> Mapping[uuid.UUID, uuid.UUID]:
    """The passages once more, born at `version`. Returns the new id of each."""
    rows = list(passages.values_list("pk", "quarantine"))
    made = {pk: new_id() for pk, _ in rows}
    days: dict[str, Any] = {"version": version, "first": window.first, "end": window.end}
    with connection.cursor() as cursor:
        cursor.execute(_COPY_PASSAGES, {"old": list(made), "new": list(made.values()), **days})
    pairs = list(made.items())
    copy_vectors(base=base, pairs=pairs, sources=[base.pk], window=window, version=version)
    extraction.repeat(base=base, pairs=pairs)
    count_terms(base=base, passages=list(made.values()))
    _counted(base, sum(quarantine not in UNREAD for _, quarantine in rows))
    return made


def copy_vectors(
    *,
    base: KnowledgeBase,
    pairs: Sequence[tuple[uuid.UUID, uuid.UUID]],
    sources: Collection[uuid.UUID],
    window: Window,
    version: int,
) -> None:
    """Give passages of `base` the vectors of those that say the same: pairs of the passage that has them and
    the one that gets them. Raises `VectorsGone` when one of the former was erased meanwhile."""
    values: dict[str, Any] = {
        "base": base.pk,
        "old": [old for old, _ in pairs],
        "new": [new for _, new in pairs],
        "sources": list(sources),
        "version": version,
        "first": window.first,
        "end": window.end,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COPY_VECTORS, values)
        if cursor.rowcount != len(pairs):
            raise VectorsGone
    spaces.repeat(base=base, pairs=pairs, sources=sources)


def count_terms(*, base: KnowledgeBase, passages: Sequence[uuid.UUID]) -> None:
    """Add the passages that are not held back to the number of passages that hold each term."""
    _run([_COUNT_TERMS], base=base, passages=passages)


def _run(
    statements: Sequence[str], *, base: KnowledgeBase, passages: Sequence[uuid.UUID], **more: int
) -> None:
    values: dict[str, Any] = {"base": base.pk, "organisation": base.organisation_id, **more}
    values["passages"] = list(passages)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


def _counted(base: KnowledgeBase, passages: int) -> int:
    KnowledgeBase.objects.filter(pk=base.pk).update(passage_count=F("passage_count") + passages)
    return abs(passages)


__all__ = ["VectorsGone", "alive_at", "copy", "copy_vectors", "count_terms", "retire"]
