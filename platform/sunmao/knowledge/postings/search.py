"""The passages of a large base that share most of a question's words, without looking at every passage.

The score is that of the scan, BM25 as an inner product; only the way to the best is shorter (MaxScore: Turtle
and Flood, "Query evaluation: strategies and optimizations", 1995). Rare words come first. When the words that
are left cannot lift any other passage over those found, their long lists are not read, and the few passages
that remain in question are scored one by one by the statement that also looks at access.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

FEW = 150
"""So many passages are scored by the statement sooner than another list is read."""
SLACK = 1e-4
"""Parts are added in single precision."""
_WORDS = """
    SELECT s.id, s.passages, s.upto, l.dimension, l.passages, l.peak
    FROM postings_segment s
    LEFT JOIN postings_list l ON l.segment_id = s.id AND l.dimension = ANY(%(dimensions)s)
    WHERE s.base_id = %(base)s AND s.ready
"""
_ENTRIES = """
    SELECT dimension, entries FROM postings_list
    WHERE segment_id = %(segment)s AND dimension = ANY(%(dimensions)s)
"""
_KEYS = "SELECT keys FROM postings_segment WHERE id = %(segment)s"


@dataclass(frozen=True)
class Word:
    """A word of the question in one segment: at most `most` of a passage's score comes from it."""

    dimension: int
    weight: float
    passages: int
    peak: float

    @property
    def most(self) -> float:
        return self.weight * self.peak


@dataclass(frozen=True)
class Candidates:
    """Every passage of the segments that scores more than `floor` is among `passages`."""

    passages: list[uuid.UUID]
    floor: float


@dataclass(frozen=True)
class Known:
    """One segment, and what it knows of the question's words."""

    segment: uuid.UUID
    passages: int
    upto: int
    words: list[Word]


def look_up(*, base: uuid.UUID, weights: Mapping[int, float]) -> list[Known]:
    """The segments of a base; none where it has no lists."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, {"base": base, "dimensions": list(weights)})
        rows = cursor.fetchall()
    found: dict[uuid.UUID, Known] = {}
    for segment, size, upto, dimension, passages, peak in rows:
        known = found.setdefault(segment, Known(segment, size, upto, []))
        if dimension is not None:
            known.words.append(Word(dimension, weights[dimension], passages, peak))
    return list(found.values())


def candidates(*, segments: Sequence[Known], wanted: int) -> Candidates:
    parts = [_best(segment, wanted) for segment in segments]
    floor = _nth(np.concatenate([part.scores for part in parts]), wanted)
    found: list[uuid.UUID] = []
    for segment, part in zip(segments, parts, strict=True):
        found += _passages(segment.segment, part.places[part.scores + part.left >= floor - SLACK])
    return Candidates(found, floor)


@dataclass(frozen=True)
class Part:
    """What may be among the best of one segment: places, scores so far, and what is at most still to come."""

    places: NDArray[np.intp]
    scores: NDArray[np.float32]
    left: float = 0.0


def _passages(segment: uuid.UUID, places: NDArray[np.intp]) -> list[uuid.UUID]:
    if not len(places):
        return []
    keys = kept.get((segment, _ALL_KEYS))
    if keys is None:
        with connection.cursor() as cursor:
            cursor.execute(_KEYS, {"segment": segment})
            keys = (np.frombuffer(bytes(cursor.fetchone()[0]), np.dtype("V16")), _NONE[1])
        kept.put((segment, _ALL_KEYS), keys)
    return [uuid.UUID(bytes=keys[0][place].tobytes()) for place in places.tolist()]


def _best(segment: Known, wanted: int) -> Part:
    scores = np.zeros(segment.passages, np.float32)
    order = sorted(segment.words, key=lambda word: word.passages)
    left = sum(word.most for word in order)
    least, done = 0.0, 0
    while done < len(order):
        part = _next(order[done:], segment.passages)
        for word, (places, values) in zip(part, _entries(segment.segment, part), strict=True):
            scores[places] += np.float32(word.weight) * values
        done += len(part)
        left -= sum(word.most for word in part)
        least = _nth(scores, wanted, at_least=least)
        if least > left > SLACK:
            may = np.flatnonzero(scores >= least - left - SLACK)
            if len(may) <= max(FEW, 2 * wanted):
                return Part(may, scores[may], left)
    may = np.flatnonzero(scores >= max(least - SLACK, _SOME))
    best = may[np.argsort(-scores[may], kind="stable")][: 2 * wanted]
    return Part(best, scores[best])


def _next(words: Sequence[Word], passages: int) -> Sequence[Word]:
    """All rare words at once, then one common word at a time."""
    rare = [word for word in words if word.passages * 50 <= passages]
    return rare or words[:1]


def _nth(scores: NDArray[np.float32], wanted: int, *, at_least: float = 0.0) -> float:
    """The last of the best scores. They only grow: what was the last of them before is a bound from below,
    and the few above it are sorted out soon."""
    best = scores[scores >= max(at_least, _SOME)]
    if len(best) < wanted:
        return at_least
    return float(np.partition(best, -wanted)[-wanted])


Entries = tuple[NDArray[Any], NDArray[np.float32]]
_ALL_KEYS = -1
"""Where the ids of a segment's passages are kept beside its lists."""


class _Kept:
    """Lists that were read lately. A segment never changes, so none goes stale; whoever asks has been given
    the segment by row-level security."""

    LIMIT = 64 * 2**20

    def __init__(self) -> None:
        self._lists: OrderedDict[tuple[uuid.UUID, int], Entries] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[uuid.UUID, int]) -> Entries | None:
        with self._lock:
            found = self._lists.get(key)
            if found is not None:
                self._lists.move_to_end(key)
            return found

    def put(self, key: tuple[uuid.UUID, int], entries: Entries) -> None:
        size = entries[0].nbytes + entries[1].nbytes
        with self._lock:
            if key in self._lists:
                return
            self._lists[key] = entries
            self._bytes += size
            while self._bytes > self.LIMIT and len(self._lists) > 1:
                _, old = self._lists.popitem(last=False)
                self._bytes -= old[0].nbytes + old[1].nbytes

    def clear(self) -> None:
        with self._lock:
            self._lists.clear()
            self._bytes = 0


kept = _Kept()


def _entries(segment: uuid.UUID, words: Sequence[Word]) -> list[Entries]:
    known = {word.dimension: kept.get((segment, word.dimension)) for word in words}
    unknown = [dimension for dimension, entries in known.items() if entries is None]
    if unknown:
        with connection.cursor() as cursor:
            cursor.execute(_ENTRIES, {"segment": segment, "dimensions": unknown})
            for dimension, entries in cursor.fetchall():
                known[dimension] = _parsed(entries)
                kept.put((segment, dimension), known[dimension])  # type: ignore[arg-type]
    return [found if (found := known[word.dimension]) else _NONE for word in words]


def _parsed(entries: bytes) -> Entries:
    half = len(entries) // 2
    return np.frombuffer(entries[:half], np.uint32), np.frombuffer(entries[half:], np.float32)


_SOME = 1e-9
_NONE: Entries = (np.zeros(0, np.uint32), np.zeros(0, np.float32))
