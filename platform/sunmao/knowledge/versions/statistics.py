"""Words of a base as an earlier version counted them, so that "as of version N" scores as it did then.

`knowledge_term` counts the newest version. The passages that have come or gone since are counted off or back;
what they hold is looked at once for each pair of versions.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import connection

from sunmao.knowledge.pins import BaseVersion

REMEMBERED = 16
"""Pairs of versions, in each process."""
_NEWEST = "SELECT dimension - 1, passages FROM knowledge_term WHERE base_id = %s AND dimension = ANY(%s)"
_SINCE = """
    WITH changed AS (
        SELECT v.lexical, CASE WHEN v.born > %(version)s THEN -1 ELSE 1 END AS sign
        FROM knowledge_passage_vector v
        WHERE v.base_id = %(base)s AND NOT v.held
          AND ((v.born > %(version)s AND v.died IS NULL)
               OR (v.born <= %(version)s AND v.died > %(version)s)))
    SELECT 0 AS dimension, coalesce(sum(sign), 0)::integer FROM changed
    UNION ALL
    SELECT split_part(entry, ':', 1)::integer, sum(sign)::integer FROM changed,
        unnest(string_to_array(trim(both '{}' from split_part(lexical::text, '/', 1)), ',')) AS entry
    WHERE entry <> '' GROUP BY 1 HAVING sum(sign) <> 0
"""


@dataclass(frozen=True)
class Since:
    """What an earlier version has more than the newest one; less is negative."""

    passages: int = 0
    terms: Mapping[int, int] = field(default_factory=dict)


NOTHING = Since()


def document_frequencies(pin: BaseVersion, dimensions: Iterable[int]) -> dict[int, int]:
    """In how many passages of that version each term stands; terms that stand in none may be left out."""
    asked = list(dimensions)
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [pin.base.pk, [dimension + 1 for dimension in asked]])
        found: dict[int, int] = dict(cursor.fetchall())
    more = _since(pin).terms
    return {place: count for place in asked if (count := found.get(place, 0) + more.get(place, 0)) > 0}


def passages(pin: BaseVersion) -> int:
    return int(pin.base.passage_count) + _since(pin).passages


def _since(pin: BaseVersion) -> Since:
    return _counted(pin.base.pk, pin.version, pin.base.version) if pin.is_old else NOTHING


@lru_cache(maxsize=REMEMBERED)
def _counted(base: uuid.UUID, version: int, _newest: int) -> Since:
    """A pair of versions never changes: every change of a base is a version of it."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, {"base": base, "version": version})
        rows = dict(cursor.fetchall())
    total = rows.pop(0)
    return Since(total, {dimension - 1: more for dimension, more in rows.items()})


__all__ = ["document_frequencies", "passages"]
