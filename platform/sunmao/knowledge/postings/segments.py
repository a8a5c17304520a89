"""Making the word lists of a large base: block by block, so that a million passages need no more memory than
a hundred thousand. Run by the job that settles a base."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Max, Sum
from numpy.typing import NDArray

from sunmao.core import tenancy
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.postings.models import Segment

LISTED_FROM = 10_000
"""Fewer passages are scanned in some 10 ms."""
LEAST_NEWER, NEWER = 5_000, 0.1
"""A new segment is worth its making when so many passages, and this part of the base, are in none."""
MOST_SEGMENTS = 16
BLOCK = 131_072
READ, WRITTEN = 5_000, 2_000
_READ = """
    SELECT passage_id, sparsevec_send(lexical) FROM knowledge_passage_vector
    WHERE base_id = %(base)s AND born > %(after)s AND born <= %(upto)s AND passage_id > %(last)s
    ORDER BY passage_id LIMIT %(limit)s
"""
_WRITE = """
    INSERT INTO postings_list (segment_id, organisation_id, dimension, passages, peak, entries)
    SELECT %(segment)s, %(organisation)s, row.dimension, row.passages, row.peak, row.entries
    FROM unnest(%(dimensions)s::integer[], %(passages)s::integer[], %(peaks)s::real[], %(entries)s::bytea[])
        AS row (dimension, passages, peak, entries)
"""
_HEADER = 12
FIRST = uuid.UUID(int=0)


@dataclass(frozen=True)
class Covered:
    """What the ready segments of a base hold."""

    upto: int
    passages: int
    segments: int


def covered(base: uuid.UUID) -> Covered:
    found = Segment.objects.filter(base_id=base, ready=True)
    sums = found.aggregate(upto=Max("upto"), passages=Sum("passages"))
    return Covered(sums["upto"] or 0, sums["passages"] or 0, found.count())


def behind(*, base: uuid.UUID, passages: int) -> bool:
    """Whether a base of so many passages should get new lists."""
    if passages < LISTED_FROM:
        return False
    known = covered(base).passages
    return passages - known > max(LEAST_NEWER, NEWER * known)


def settle(*, base: KnowledgeBase, report: Callable[[int, int], None]) -> int:
    """Lists for what is in none yet, or for all when there are many small ones; how many were made."""
    with tenancy.scope(base.organisation_id):
        Segment.objects.filter(base=base, ready=False).delete()  # a killed worker's
        base.refresh_from_db(fields=["version", "passage_count"])
        known = covered(base.pk)
        if not behind(base=base.pk, passages=base.passage_count):
            return 0
    anew = known.segments >= MOST_SEGMENTS
    after = 0 if anew else known.upto
    made = []
    for keys, lists in _blocks(base, after):
        made.append(_write(base, keys, lists))
        report(len(made) * BLOCK, max(base.passage_count, len(made) * BLOCK))
    with tenancy.scope(base.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        if anew:
            Segment.objects.filter(base=base, ready=True).delete()
        Segment.objects.filter(pk__in=made).update(ready=True)
    return len(made)


@dataclass(frozen=True)
class Lists:
    """Parallel arrays, one entry for each word of each passage, ordered by word."""

    dimensions: NDArray[np.int32]
    places: NDArray[np.uint32]
    weights: NDArray[np.float32]


def _blocks(base: KnowledgeBase, after: int) -> Iterator[tuple[bytes, Lists]]:
    last: uuid.UUID | None = FIRST
    while last is not None:
        keys: list[bytes] = []
        parts: list[Lists] = []
        while last is not None and len(keys) < BLOCK:
            rows = _read(base, after, last)
            parts += _parsed([row[1] for row in rows], len(keys))
            keys += [row[0].bytes for row in rows]
            last = rows[-1][0] if len(rows) == READ else None
        if keys:
            yield b"".join(keys), _ordered(parts)


def _read(base: KnowledgeBase, after: int, last: uuid.UUID) -> list[tuple[uuid.UUID, bytes]]:
    given: dict[str, Any] = {
        "base": base.pk,
        "after": after,
        "upto": base.version,
        "last": last,
        "limit": READ,
    }
    with tenancy.scope(base.organisation_id), connection.cursor() as cursor:
        cursor.execute(_READ, given)
        return list(cursor.fetchall())


def _parsed(vectors: Sequence[bytes], first: int) -> Iterator[Lists]:
    """pgvector sends: dimensions, entries, nothing, the places, the values; all big-endian."""
    for place, sent in enumerate(vectors, start=first):
        count = int.from_bytes(sent[4:8], "big")
        dimensions = np.frombuffer(sent, ">i4", count, _HEADER).astype(np.int32)
        weights = np.frombuffer(sent, ">f4", count, _HEADER + 4 * count).astype(np.float32)
        yield Lists(dimensions, np.full(count, place, np.uint32), weights)


def _ordered(parts: Sequence[Lists]) -> Lists:
    dimensions = np.concatenate([part.dimensions for part in parts])
    order = np.argsort(dimensions, kind="stable")
    return Lists(
        dimensions[order],
        np.concatenate([part.places for part in parts])[order],
        np.concatenate([part.weights for part in parts])[order],
    )


def _write(base: KnowledgeBase, keys: bytes, lists: Lists) -> uuid.UUID:
    with tenancy.scope(base.organisation_id):
        segment = Segment.objects.create(base=base, upto=base.version, passages=len(keys) // 16, keys=keys)
        starts = np.flatnonzero(np.r_[True, lists.dimensions[1:] != lists.dimensions[:-1]])
        edges = np.r_[starts, len(lists.dimensions)]
        for first in range(0, len(starts), WRITTEN):
            _write_part(segment, lists, edges[first : first + WRITTEN + 1])
    return segment.pk


def _write_part(segment: Segment, lists: Lists, edges: NDArray[np.intp]) -> None:
    spans = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    values: dict[str, Any] = {
        "segment": segment.pk,
        "organisation": segment.organisation_id,
        "dimensions": [int(lists.dimensions[start]) for start, _ in spans],
        "passages": [stop - start for start, stop in spans],
        "peaks": [float(lists.weights[start:stop].max()) for start, stop in spans],
        "entries": [
            lists.places[start:stop].tobytes() + lists.weights[start:stop].tobytes() for start, stop in spans
        ],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, values)
