"""The statements that search one base, and running them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection

# Born and died make any past version a filter. The base's audience is read in the same statement, so that a
# base that turns internal is closed to the very next question. What is in quarantine is not there at all.
_ACCESS = """
    v.base_id = %(base)s AND NOT v.held AND v.born <= %(version)s AND (v.died IS NULL OR v.died > %(version)s)
    AND (v.applies_from IS NULL OR v.applies_from <= %(on)s)
    AND (v.applies_until IS NULL OR v.applies_until > %(on)s)
    AND EXISTS (SELECT 1 FROM knowledge_knowledgebase b
                WHERE b.id = %(base)s AND (%(internal)s OR b.audience = 'everyone'))
"""
# The inner query orders by one distance and keeps the nearest; only those get the other system's score too.
LEXICAL = f"""
    SELECT nearest.passage_id, -far AS lexical, -(e.dense <#> %(dense)s::halfvec) AS dense
    FROM (SELECT v.passage_id, v.lexical <#> %(lexical)s::sparsevec AS far
          FROM knowledge_passage_vector v WHERE {_ACCESS}
          ORDER BY far LIMIT %(limit)s) nearest
    LEFT JOIN embedding_vector e ON e.space_id = %(space)s AND e.passage_id = nearest.passage_id
    ORDER BY far
"""  # noqa: S608  constants only
# Vectors of a space know nothing of access: more than are wanted are taken, and those that may be read stay.
DENSE = f"""
    SELECT nearest.passage_id, known.lexical, -far AS dense
    FROM (SELECT e.passage_id, e.dense <#> %(dense)s::halfvec AS far
          FROM embedding_vector e WHERE e.space_id = %(space)s
          ORDER BY far LIMIT %(width)s) nearest
    CROSS JOIN LATERAL (SELECT -(v.lexical <#> %(lexical)s::sparsevec) AS lexical
                        FROM knowledge_passage_vector v
                        WHERE v.passage_id = nearest.passage_id AND {_ACCESS} OFFSET 0) known
    ORDER BY far LIMIT %(limit)s
"""  # noqa: S608  constants only
# Passages that were confirmed for such questions, though their own words would not have brought them up.
NAMED = f"""
    SELECT v.passage_id, -(v.lexical <#> %(lexical)s::sparsevec) AS lexical,
           -(e.dense <#> %(dense)s::halfvec) AS dense
    FROM knowledge_passage_vector v
    LEFT JOIN embedding_vector e ON e.space_id = %(space)s AND e.passage_id = v.passage_id
    WHERE {_ACCESS} AND v.passage_id = ANY(%(named)s)
"""  # noqa: S608  constants only


def scored(statement: str, parameters: Mapping[str, Any]) -> dict[uuid.UUID, tuple[float, float | None]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {passage_id: (lexical, dense) for passage_id, lexical, dense in cursor.fetchall()}


__all__ = ["DENSE", "LEXICAL", "NAMED", "scored"]
