"""Finding the passages that answer a question, per base and fused.

Per base, in one statement under one snapshot: the lexical score (BM25 as an inner product over `sparsevec`)
and, where an encoder serves the question's language, the dense score. Both scan the base's own partition
exactly and carry the access filter inside the query. Scores of the two systems are fused as a weighted sum
of per-question z-scores (never reciprocal ranks, never a raw cosine beside a text rank).
"""

from __future__ import annotations

import math
import statistics
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from sunmao.core.actor import Actor
from sunmao.knowledge.cited_articles import described, mentioned, named_passages
from sunmao.knowledge.encoders import ready_encoder
from sunmao.knowledge.models import Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import sees_internal
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import QueryTerm, query_dimensions, query_vector, self_score
from sunmao.knowledge.text.references import Reference
from sunmao.knowledge.vectors import dense_literal, sparse_literal

CANDIDATES = 50
DENSE_WEIGHT = 1.5  # measured on English FAQ text; retrieval.md §2 (medquad)

# Born and died make any past version a filter. The base's audience is read in the same statement, so that a
# base that turns internal is closed to the very next question.
_ACCESS = """
    v.base_id = %(base)s AND v.born <= %(version)s AND (v.died IS NULL OR v.died > %(version)s)
    AND EXISTS (SELECT 1 FROM knowledge_knowledgebase b
                WHERE b.id = %(base)s AND (%(internal)s OR b.audience = 'everyone'))
"""
# The inner query orders by one distance and keeps the nearest; only those get the other system's score too.
LEXICAL = f"""
    SELECT passage_id, -far AS lexical,
           CASE WHEN %(dense)s::text IS NOT NULL THEN -(dense <#> %(dense)s::halfvec) END AS dense
    FROM (SELECT v.passage_id, v.dense, v.lexical <#> %(lexical)s::sparsevec AS far
          FROM knowledge_passage_vector v WHERE {_ACCESS}
          ORDER BY far LIMIT %(limit)s) nearest
    ORDER BY far
"""  # noqa: S608  constants only
DENSE = f"""
    SELECT passage_id, -(lexical <#> %(lexical)s::sparsevec) AS lexical, -far AS dense
    FROM (SELECT v.passage_id, v.lexical, v.dense <#> %(dense)s::halfvec AS far
          FROM knowledge_passage_vector v WHERE {_ACCESS} AND v.dense IS NOT NULL
          ORDER BY far LIMIT %(limit)s) nearest
    ORDER BY far
"""  # noqa: S608  constants only


@dataclass(frozen=True)
class Hit:
    """One passage and its scores. `score` ranks; `lexical` is its BM25 mass and `share` what part of the
    question's own mass that is, in the passage's base; `dense` is a cosine."""

    passage: Passage
    score: float
    lexical: float
    share: float
    dense: float | None = None
    by_reference: bool = False


@dataclass(frozen=True)
class Retrieved:
    """What was found, and what is needed to judge and to quote it.

    `top`, `self_score` (the question's own mass, where unknown words count as rare ones), `searched`
    (passages looked through) and `idf` (of the question's tokens) are those of the base that covers the
    question best. `missing_reference` names an article that was asked for and that the bases neither hold
    nor mention.
    """

    hits: tuple[Hit, ...]
    versions: Mapping[str, int]
    top: float = 0.0
    self_score: float = 0.0
    searched: int = 0
    idf: Mapping[str, float] = field(default_factory=dict)
    missing_reference: str = ""

    def closeness(self, hit: Hit) -> float:
        """How near a hit comes to the best one, in one unit for all hits: its share of the question where
        words alone decided, the exponential of the fused distance where vectors did too."""
        if hit.by_reference:
            return math.inf
        best = max(other.score for other in self.hits if not other.by_reference)
        if all(other.dense is None for other in self.hits):
            return hit.share
        return math.exp(hit.score - best)


def retrieve(*, actor: Actor, question: str, bases: Sequence[BaseVersion], limit: int = 8) -> Retrieved:
    """The best passages of all bases together, best first. Must run inside the actor's tenancy scope."""
    actor.require("knowledge.passage.read")
    dense = _encoded(question, bases)
    found = [_search(actor=actor, question=question, pin=pin, dense=dense) for pin in bases]
    rows = _without_deleted([row for part in found for row in part.rows], bases)
    scores = fuse(rows)
    best = sorted(rows, key=lambda row: scores[row.passage_id], reverse=True)[:limit]
    hits = _hits(best, scores)
    named, reference = named_passages(actor=actor, question=question, bases=bases)
    strongest = max(found, key=lambda part: part.share, default=_Found([], 0.0, {}, 0))
    return Retrieved(
        hits=_named_first(named, hits)[:limit],
        versions={pin.base.slug: pin.version for pin in bases},
        top=strongest.top,
        self_score=strongest.self_score,
        searched=strongest.searched,
        idf=strongest.idf,
        missing_reference=_missing(reference, named, hits),
    )


def _hits(rows: Sequence[_Row], scores: Mapping[uuid.UUID, float]) -> list[Hit]:
    passages = _load([row.passage_id for row in rows])
    return [
        Hit(passages[row.passage_id], scores[row.passage_id], row.lexical, row.share, row.dense)
        for row in rows
        if row.passage_id in passages
    ]


def _named_first(named: Sequence[Passage], hits: Sequence[Hit]) -> tuple[Hit, ...]:
    known = {passage.pk for passage in named}
    first = (Hit(passage, math.inf, 0.0, 1.0, by_reference=True) for passage in named)
    return (*first, *(hit for hit in hits if hit.passage.pk not in known))


def _missing(reference: Reference | None, named: Sequence[Passage], hits: Sequence[Hit]) -> str:
    """A passage that speaks of the article serves; a neighbour of an absent article would mislead."""
    if reference is None or named or mentioned(reference, (hit.passage.text for hit in hits)):
        return ""
    return described(reference)


@dataclass(frozen=True)
class _Row:
    passage_id: uuid.UUID
    lexical: float
    dense: float | None
    share: float


@dataclass(frozen=True)
class _Found:
    rows: list[_Row]
    self_score: float
    idf: Mapping[str, float]
    searched: int

    @property
    def top(self) -> float:
        return max((row.lexical for row in self.rows), default=0.0)

    @property
    def share(self) -> float:
        """How much of the question the best passage of this base covers."""
        return self.top / self.self_score if self.self_score else 0.0


def _encoded(question: str, bases: Sequence[BaseVersion]) -> str | None:
    encoder = ready_encoder(language_of(question)) if bases else None
    return dense_literal(encoder.encode([question])[0]) if encoder else None


def _search(*, actor: Actor, question: str, pin: BaseVersion, dense: str | None) -> _Found:
    terms = query_dimensions(question)
    frequencies = _document_frequencies(pin, terms)
    total = max(pin.base.passage_count, 1)
    weights = query_vector(terms, frequencies, total)
    parameters: dict[str, Any] = {
        "base": pin.base.pk,
        "version": pin.version,
        "internal": sees_internal(actor),
        "lexical": sparse_literal(weights),
        "dense": dense,
        "limit": CANDIDATES,
    }
    mass = self_score(terms, frequencies, total)
    rows = {row.passage_id: row for row in _rows(LEXICAL, parameters, mass)} if weights else {}
    if dense:
        rows |= {row.passage_id: row for row in _rows(DENSE, parameters, mass)}
    kept = [row for row in rows.values() if row.lexical > 0 or row.dense is not None]
    idf = {
        term.token: weights[dimension] / term.weight
        for dimension, term in terms.items()
        if term.field == "body" and dimension in weights
    }
    return _Found(kept, mass, idf, total)


def _document_frequencies(pin: BaseVersion, terms: Mapping[int, QueryTerm]) -> dict[int, int]:
    """Counted over the newest version. A word that it has lost may stand in an old one: it counts as rare."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dimension - 1, passages FROM knowledge_term WHERE base_id = %s AND dimension = ANY(%s)",
            [pin.base.pk, [dimension + 1 for dimension in terms]],
        )
        found: dict[int, int] = dict(cursor.fetchall())
    return {place: max(found.get(place, 0), 1) for place in terms} if pin.is_old else found


def _rows(statement: str, parameters: Mapping[str, Any], mass: float) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [
            _Row(passage_id, lexical, dense, lexical / mass if mass else 0.0)
            for passage_id, lexical, dense in cursor.fetchall()
        ]


def fuse(rows: Sequence[_Row]) -> dict[uuid.UUID, float]:
    """Weighted sum of z-scores over the candidates of all bases; a passage without a vector counts as the
    weakest. Bases differ in how rare a word is in them, so the lexical score is taken as a share."""
    lexical = _standardised([row.share for row in rows])
    known = [row.dense for row in rows if row.dense is not None]
    if not known:
        return {row.passage_id: score for row, score in zip(rows, lexical, strict=True)}
    weakest = min(known)
    dense = _standardised([weakest if row.dense is None else row.dense for row in rows])
    return {row.passage_id: a + DENSE_WEIGHT * b for row, a, b in zip(rows, lexical, dense, strict=True)}


def _standardised(values: Sequence[float]) -> list[float]:
    if len(values) < 2:
        return [0.0] * len(values)
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]


def _without_deleted(rows: list[_Row], bases: Sequence[BaseVersion]) -> list[_Row]:
    """Passages of removed documents still belong to old versions, and must not take the place of others."""
    if not any(pin.is_old for pin in bases):
        return rows
    found = Passage.objects.filter(pk__in=[row.passage_id for row in rows], document__deleted_at=None)
    kept = set(found.values_list("pk", flat=True))
    return [row for row in rows if row.passage_id in kept]


def _load(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Passage]:
    passages = Passage.objects.filter(pk__in=ids, document__deleted_at=None)
    return {
        passage.pk: passage
        for passage in passages.select_related("document__base", "revision").defer("revision__text")
    }
