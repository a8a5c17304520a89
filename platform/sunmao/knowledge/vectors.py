"""Writing vectors: the words of a passage here, its dense ones in the space of an encoder (`embedding`).

COPY does not work under row-level security, so rows go in as arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.db import connection

from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.tables import literal as dense_literal
from sunmao.knowledge.models import KnowledgeBase, Passage, Quarantine

DIMENSIONS = 2**29

_INSERT = """
    INSERT INTO knowledge_passage_vector (base_id, organisation_id, born, applies_from, applies_until,
                                          passage_id, held, lexical)
    SELECT %(base)s, %(organisation)s, row.born, row.first, row.until, row.passage, row.held,
           row.lexical::sparsevec
    FROM unnest(%(passages)s::uuid[], %(born)s::integer[], %(first)s::date[], %(until)s::date[],
                %(held)s::boolean[], %(lexical)s::text[])
        AS row (passage, born, first, until, held, lexical)
"""
_COUNT = """
    INSERT INTO knowledge_term (base_id, organisation_id, dimension, passages)
    SELECT %(base)s, %(organisation)s, row.dimension, row.passages
    FROM unnest(%(dimensions)s::integer[], %(passages)s::integer[]) AS row (dimension, passages)
    ON CONFLICT (base_id, dimension) DO UPDATE SET passages = knowledge_term.passages + excluded.passages
"""


def sparse_literal(weights: Mapping[int, float]) -> str:
    """pgvector counts dimensions from 1."""
    entries = ",".join(f"{dimension + 1}:{weight:.5g}" for dimension, weight in sorted(weights.items()))
    return f"{{{entries}}}/{DIMENSIONS}"


def insert(
    *,
    base: KnowledgeBase,
    passages: Sequence[Passage],
    lexical: Sequence[Mapping[int, float]],
    dense: Sequence[Sequence[float] | None],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "base": base.pk,
                "organisation": base.organisation_id,
                "passages": [passage.pk for passage in passages],
                "born": [passage.born for passage in passages],
                "first": [passage.applies_from for passage in passages],
                "until": [passage.applies_until for passage in passages],
                "held": [passage.quarantine == Quarantine.HELD for passage in passages],
                "lexical": [sparse_literal(weights) for weights in lexical],
            },
        )
    spaces.store(base=base, passages=passages, dense=dense)


def count_terms(*, base: KnowledgeBase, lexical: Sequence[Mapping[int, float]]) -> None:
    """Add the passages to the number of passages that hold each term."""
    counts = Counter(dimension for weights in lexical for dimension in weights)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "base": base.pk,
                "organisation": base.organisation_id,
                "dimensions": [dimension + 1 for dimension in counts],
                "passages": list(counts.values()),
            },
        )


__all__ = ["count_terms", "dense_literal", "insert", "sparse_literal"]
