"""Finding the passages that answer a question, per base and fused.

Per base, in one statement under one snapshot: the lexical score (BM25 as an inner product over `sparsevec`)
and, where an encoder serves the question's language, the dense score. Both scan the base's own partition
exactly and carry the access filter inside the query. Questions that people confirmed to be answered by a
passage count a little beside its own words. Scores of the two systems are fused as a weighted sum of
per-question z-scores (never reciprocal ranks, never a raw cosine beside a text rank). Where a ranking was
trained for the base, it has the last word on the order of the base's candidates.
"""

from __future__ import annotations

import math
import statistics
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from django.db import connection

from sunmao.core.actor import Actor
from sunmao.knowledge.cited_articles import described, mentioned, named_passages
from sunmao.knowledge.embedding import by_vector, questions
from sunmao.knowledge.embedding.questions import EncodedQuestion
from sunmao.knowledge.graph.walking import expand, inherited
from sunmao.knowledge.learning import memory, ranking
from sunmao.knowledge.learning.features import NOTHING, Asked, Candidate, Remembered
from sunmao.knowledge.learning.memory import Counts, Memory
from sunmao.knowledge.models import Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import sees_internal
from sunmao.knowledge.postings import by_word
from sunmao.knowledge.text.fields import BODY, CONFIRMED
from sunmao.knowledge.text.lexical import QueryTerm, idf, query_dimensions, query_vector, self_score
from sunmao.knowledge.text.picking import heading_of
from sunmao.knowledge.text.references import Reference
from sunmao.knowledge.vectors import sparse_literal

CANDIDATES = 50
DENSE_WEIGHT = 1.5  # measured on English FAQ text; retrieval.md §2 (medquad)

# Born and died make any past version a filter. The base's audience is read in the same statement, so that a
# base that turns internal is closed to the very next question. What is in quarantine is not there at all.
_ACCESS = """
    v.base_id = %(base)s AND NOT v.held AND v.born <= %(version)s AND (v.died IS NULL OR v.died > %(version)s)
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
    dense = questions.encode(question, [pin.base.pk for pin in bases])
    found = [search(actor=actor, question=question, pin=pin, dense=dense) for pin in bases]
    rows = _without_deleted([row for part in found for row in part.rows], bases)
    scores = _ranked(actor=actor, found=found, scores=fuse(rows))
    best = sorted(rows, key=lambda row: scores[row.passage_id], reverse=True)[:limit]
    hits = _hits(best, scores)
    named, reference = named_passages(actor=actor, question=question, bases=bases)
    retrieved = Retrieved(
        hits=_named_first(named, hits)[:limit],
        versions={pin.base.slug: pin.version for pin in bases},
        missing_reference=_missing(reference, named, hits),
    )
    if not found:
        return retrieved
    strongest = max(found, key=lambda part: part.share)
    return replace(
        retrieved,
        top=strongest.top,
        self_score=strongest.self_score,
        searched=strongest.searched,
        idf=strongest.idf,
    )


def _hits(rows: Sequence[Row], scores: Mapping[uuid.UUID, float]) -> list[Hit]:
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
class Row:
    """A candidate of one base. `share` is what part of the question's mass its words cover, `more` what the
    questions that it was confirmed for add."""

    passage_id: uuid.UUID
    lexical: float
    dense: float | None
    share: float
    memory: Remembered = NOTHING
    more: float = 0.0

    @property
    def strength(self) -> float:
        return self.share + self.more


@dataclass(frozen=True)
class Found:
    """What one base has: `asked` holds the idf of every token of the question, unknown ones included; `idf`
    only that of the words which the base knows."""

    pin: BaseVersion
    rows: list[Row]
    self_score: float
    idf: Mapping[str, float]
    searched: int
    asked: Asked
    ranking: uuid.UUID | None = None

    @property
    def top(self) -> float:
        return max((row.lexical for row in self.rows), default=0.0)

    @property
    def share(self) -> float:
        """How much of the question the best passage of this base covers."""
        return self.top / self.self_score if self.self_score else 0.0


def search(
    *,
    actor: Actor,
    question: str,
    pin: BaseVersion,
    dense: EncodedQuestion,
    recall: Callable[[Asked], Memory] | None = None,
) -> Found:
    """The candidates of one base. `recall` replaces what the base remembers: training leaves out the very
    question that it looks at."""
    terms = query_dimensions(question)
    frequencies = _document_frequencies(pin, terms)
    total = max(pin.base.passage_count, 1)
    weights = query_vector(terms, frequencies, total)
    known = ranking.active(pin)
    near = dense.of(pin.base.pk)
    parameters: dict[str, Any] = {
        "base": pin.base.pk,
        "version": pin.version,
        "internal": sees_internal(actor, base=pin.base.slug),
        "lexical": sparse_literal(weights),
        **by_vector.parameters(near),
        "limit": ranking.CANDIDATES if known or recall else CANDIDATES,
    }
    mass = self_score(terms, frequencies, total)
    rarity = {
        term.token: idf(df=min(frequencies.get(place, 0), total), total=total)
        for place, term in terms.items()
        if term.field == BODY.name
    }
    asked = Asked(question, rarity)
    remembered = recall(asked) if recall else memory.recall(actor=actor, pin=pin, asked=asked)
    scored = by_word.best(weights, LEXICAL, NAMED, parameters, _scored) if weights else {}
    if near:
        scored |= by_vector.nearest(near, DENSE, parameters, _scored)
    if named := [passage for passage in remembered.remembered if passage not in scored]:
        scored |= _scored(NAMED, {**parameters, "named": named})
    rows = _rows(scored, mass, remembered)
    if reached := expand(actor=actor, pin=pin, seeds=_best_first(rows)):
        scored |= _scored(NAMED, {**parameters, "named": [one.passage for one in reached]})
        rows = _rows(
            scored, mass, remembered, inherited(reached, {row.passage_id: row.strength for row in rows})
        )
    return Found(
        pin=pin,
        rows=rows,
        self_score=mass,
        idf={
            term.token: weights[dimension] / term.weight
            for dimension, term in terms.items()
            if term.field == BODY.name and dimension in weights
        },
        searched=total,
        asked=asked,
        ranking=known,
    )


def _scored(statement: str, parameters: Mapping[str, Any]) -> dict[uuid.UUID, tuple[float, float | None]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {passage_id: (lexical, dense) for passage_id, lexical, dense in cursor.fetchall()}


def _best_first(rows: Sequence[Row]) -> list[uuid.UUID]:
    scores = fuse(rows)
    return sorted(scores, key=lambda passage: scores[passage], reverse=True)


def _rows(
    scored: Mapping[uuid.UUID, tuple[float, float | None]],
    mass: float,
    remembered: Memory,
    linked: Mapping[uuid.UUID, float] = MappingProxyType({}),
) -> list[Row]:
    """`linked` is what a passage gains by being referred to from those that were found."""
    rows = []
    for passage_id, (lexical, dense) in scored.items():
        known = remembered.of(passage_id)
        if lexical > 0 or dense is not None or known.total > 0 or passage_id in linked:
            share = lexical / mass if mass else 0.0
            more = CONFIRMED.weight * known.total / mass if mass else 0.0
            more += linked.get(passage_id, 0.0)
            rows.append(Row(passage_id, lexical, dense, share, known, more))
    return rows


def _document_frequencies(pin: BaseVersion, terms: Mapping[int, QueryTerm]) -> dict[int, int]:
    """Counted over the newest version. A word that it has lost may stand in an old one: it counts as rare."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dimension - 1, passages FROM knowledge_term WHERE base_id = %s AND dimension = ANY(%s)",
            [pin.base.pk, [dimension + 1 for dimension in terms]],
        )
        found: dict[int, int] = dict(cursor.fetchall())
    return {place: max(found.get(place, 0), 1) for place in terms} if pin.is_old else found


def fuse(rows: Sequence[Row]) -> dict[uuid.UUID, float]:
    """Weighted sum of z-scores over the candidates of all bases; a passage without a vector counts as the
    weakest. Bases differ in how rare a word is in them, so the lexical score is taken as a share."""
    lexical = _standardised([row.strength for row in rows])
    known = [row.dense for row in rows if row.dense is not None]
    if not known:
        return {row.passage_id: score for row, score in zip(rows, lexical, strict=True)}
    weakest = min(known)
    dense = _standardised([weakest if row.dense is None else row.dense for row in rows])
    return {row.passage_id: a + DENSE_WEIGHT * b for row, a, b in zip(rows, lexical, dense, strict=True)}


def _ranked(
    *, actor: Actor, found: Sequence[Found], scores: Mapping[uuid.UUID, float]
) -> dict[uuid.UUID, float]:
    """A trained ranking deals the scores of its base's candidates out anew; bases compare as before."""
    dealt = dict(scores)
    for part in found:
        if part.ranking is None:
            continue
        shown = candidates(part.rows, scores, memory.counts(actor=actor, pin=part.pin))
        if len(shown) < 2:
            continue
        judged = ranking.scores(part.ranking, part.asked, list(shown.values()))
        order = sorted(zip(judged, shown, strict=True), key=lambda one: (-one[0], -scores[one[1]]))
        values = sorted((scores[passage_id] for passage_id in shown), reverse=True)
        dealt |= {passage_id: value for (_, passage_id), value in zip(order, values, strict=True)}
    return dealt


def candidates(
    rows: Sequence[Row], scores: Mapping[uuid.UUID, float], counts: Counts
) -> dict[uuid.UUID, Candidate]:
    """What a ranking is shown of the rows that count, by passage."""
    passages = _load([row.passage_id for row in rows if row.passage_id in scores])
    return {
        row.passage_id: _candidate(row, passages[row.passage_id], scores[row.passage_id], counts)
        for row in rows
        if row.passage_id in passages
    }


def _candidate(row: Row, passage: Passage, score: float, counts: Counts) -> Candidate:
    whole = max(counts.all, 1)
    confirmed = counts.passages.get(row.passage_id, 0)
    return Candidate(
        heading=heading_of(passage.document.title, *passage.heading_path, passage.label),
        text=passage.text,
        document=passage.document_id,
        ordinal=passage.ordinal,
        lexical=row.lexical,
        fused=score,
        dense=row.dense,
        memory=row.memory,
        confirmed=confirmed,
        rate=confirmed / whole,
        document_rate=counts.documents.get(passage.document_id, 0) / whole,
    )


def _standardised(values: Sequence[float]) -> list[float]:
    if len(values) < 2:
        return [0.0] * len(values)
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]


def _without_deleted(rows: list[Row], bases: Sequence[BaseVersion]) -> list[Row]:
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
