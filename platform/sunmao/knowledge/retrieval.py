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
from sunmao.knowledge.encoders import ready_encoder
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.policies import bases_visible_to, sees_internal
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import QueryTerm, query_dimensions, query_vector, self_score
from sunmao.knowledge.text.references import article_reference
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
LEXICAL = f"""
    SELECT v.passage_id, -(v.lexical <#> %(lexical)s::sparsevec) AS lexical,
           CASE WHEN %(dense)s::text IS NULL OR v.dense IS NULL THEN NULL
                ELSE -(v.dense <#> %(dense)s::halfvec) END AS dense
    FROM knowledge_passage_vector v WHERE {_ACCESS}
    ORDER BY v.lexical <#> %(lexical)s::sparsevec LIMIT %(limit)s
"""  # noqa: S608  constants only
DENSE = f"""
    SELECT v.passage_id, -(v.lexical <#> %(lexical)s::sparsevec) AS lexical,
           -(v.dense <#> %(dense)s::halfvec) AS dense
    FROM knowledge_passage_vector v WHERE {_ACCESS} AND v.dense IS NOT NULL
    ORDER BY v.dense <#> %(dense)s::halfvec LIMIT %(limit)s
"""  # noqa: S608  constants only


@dataclass(frozen=True)
class BaseVersion:
    """A base pinned to one of its versions."""

    base: KnowledgeBase
    version: int


@dataclass(frozen=True)
class Hit:
    """One passage and its scores. `score` ranks; `lexical` is the BM25 mass that refusal judges."""

    passage: Passage
    score: float
    lexical: float
    dense: float | None = None
    by_reference: bool = False


@dataclass(frozen=True)
class Retrieved:
    """What was found, and what is needed to judge and to quote it.

    `self_score` is the question's own mass (unknown words count as rare ones); `searched` counts the passages
    looked through, `idf` is that of the question's tokens;
    `missing_reference` names an article that was asked for and does not exist in the bases.
    """

    hits: tuple[Hit, ...]
    versions: Mapping[str, int]
    self_score: float
    searched: int = 0
    idf: Mapping[str, float] = field(default_factory=dict)
    missing_reference: str = ""

    def closeness(self, hit: Hit) -> float:
        """How near a hit comes to the best one, in one unit for all hits: the BM25 mass where words alone
        decided, the exponential of the fused distance where vectors did too."""
        if hit.by_reference:
            return math.inf
        best = max(other.score for other in self.hits if not other.by_reference)
        if all(other.dense is None for other in self.hits):
            return hit.lexical
        return math.exp(hit.score - best)

    @property
    def top(self) -> float:
        return max((hit.lexical for hit in self.hits), default=0.0)


def pinned(*, actor: Actor, slugs: Sequence[str], versions: Mapping[str, int | str]) -> list[BaseVersion]:
    """The bases of `slugs` that the actor may read, at their pinned version or at the newest."""
    bases = bases_visible_to(actor).filter(slug__in=slugs)
    found = []
    for base in bases:
        version = versions.get(base.slug, "latest")
        found.append(BaseVersion(base, base.version if version == "latest" else int(version)))
    return found


def retrieve(*, actor: Actor, question: str, bases: Sequence[BaseVersion], limit: int = 8) -> Retrieved:
    """The best passages of all bases together, best first. Must run inside the actor's tenancy scope."""
    actor.require("knowledge.passage.read")
    dense = _encoded(question, bases)
    found = [_search(actor=actor, question=question, pin=pin, dense=dense) for pin in bases]
    rows = [row for part in found for row in part.rows]
    scores = fuse(rows)
    best = sorted(rows, key=lambda row: scores[row.passage_id], reverse=True)[:limit]
    passages = _load([row.passage_id for row in best])
    hits = [
        Hit(passages[row.passage_id], scores[row.passage_id], row.lexical, row.dense)
        for row in best
        if row.passage_id in passages
    ]
    referred, missing = _referred(question, bases)
    hits = [*referred, *(hit for hit in hits if hit.passage.pk not in {r.passage.pk for r in referred})][
        :limit
    ]
    strongest = max(found, key=lambda part: part.share, default=None)
    return Retrieved(
        hits=tuple(hits),
        versions={pin.base.slug: pin.version for pin in bases},
        self_score=strongest.self_score if strongest else 0.0,
        searched=sum(pin.base.passage_count for pin in bases),
        idf=strongest.idf if strongest else {},
        missing_reference=missing,
    )


@dataclass(frozen=True)
class _Row:
    passage_id: uuid.UUID
    lexical: float
    dense: float | None


@dataclass(frozen=True)
class _Found:
    rows: list[_Row]
    self_score: float
    idf: Mapping[str, float]

    @property
    def share(self) -> float:
        """How much of the question the best passage of this base covers."""
        top = max((row.lexical for row in self.rows), default=0.0)
        return top / self.self_score if self.self_score else 0.0


def _encoded(question: str, bases: Sequence[BaseVersion]) -> str | None:
    encoder = ready_encoder(language_of(question)) if bases else None
    return dense_literal(encoder.encode([question])[0]) if encoder else None


def _search(*, actor: Actor, question: str, pin: BaseVersion, dense: str | None) -> _Found:
    terms = query_dimensions(question)
    frequencies = _document_frequencies(pin.base, terms)
    total = pin.base.passage_count
    weights = query_vector(terms, frequencies, total)
    parameters: dict[str, Any] = {
        "base": pin.base.pk,
        "version": pin.version,
        "internal": sees_internal(actor),
        "lexical": sparse_literal(weights),
        "dense": dense,
        "limit": CANDIDATES,
    }
    rows = {row.passage_id: row for row in _rows(LEXICAL, parameters)} if weights else {}
    if dense:
        rows |= {row.passage_id: row for row in _rows(DENSE, parameters)}
    kept = [row for row in rows.values() if row.lexical > 0 or row.dense is not None]
    idf = {
        term.token: weights[dimension] / term.weight
        for dimension, term in terms.items()
        if term.field == "body" and dimension in weights
    }
    return _Found(kept, self_score(terms, frequencies, total), idf)


def _document_frequencies(base: KnowledgeBase, terms: Mapping[int, QueryTerm]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dimension - 1, passages FROM knowledge_term WHERE base_id = %s AND dimension = ANY(%s)",
            [base.pk, [dimension + 1 for dimension in terms]],
        )
        return dict(cursor.fetchall())


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_Row(*row) for row in cursor.fetchall()]


def fuse(rows: Sequence[_Row]) -> dict[uuid.UUID, float]:
    """Weighted sum of z-scores over the candidates; a passage without a vector counts as the weakest."""
    lexical = _standardised([row.lexical for row in rows])
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


def _load(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Passage]:
    passages = Passage.objects.filter(pk__in=ids, document__deleted_at=None)
    return {
        passage.pk: passage
        for passage in passages.select_related("document__base", "revision").defer("revision__text")
    }


def _referred(question: str, bases: Sequence[BaseVersion]) -> tuple[list[Hit], str]:
    """Passages named outright (民法典第585条): an exact look-up, because numbers mean nothing to BM25."""
    titles = _titles(bases) if any(character in question for character in "条條") else {}
    reference = article_reference(question, list(titles)) if titles else None
    if reference is None:
        return [], ""
    if reference.title is None and (reference.named or len(titles) > 1):
        # Of a law that the bases do not hold, or of none in particular.
        return [], f"{reference.named}{reference.label}" if reference.named else ""
    documents = titles[reference.title] if reference.title else [d for ids in titles.values() for d in ids]
    hits = [hit for pin in bases for hit in _labelled(pin, reference.label, documents)]
    return hits, "" if hits else f"{reference.title or ''}{reference.label}"


def _labelled(pin: BaseVersion, label: str, documents: Sequence[uuid.UUID]) -> list[Hit]:
    passages = Passage.objects.filter(base_id=pin.base.pk, label=label, document_id__in=documents)
    living = passages.filter(born__lte=pin.version).exclude(died__lte=pin.version).order_by("ordinal")
    loaded = living.select_related("document__base", "revision").defer("revision__text")
    return [Hit(passage, score=math.inf, lexical=0.0, by_reference=True) for passage in loaded]


def _titles(bases: Sequence[BaseVersion]) -> dict[str, list[uuid.UUID]]:
    rows = Document.objects.filter(
        base__in=[pin.base.pk for pin in bases], deleted_at=None, current__isnull=False
    )
    titles: dict[str, list[uuid.UUID]] = {}
    for title, document_id in rows.values_list("current__title", "pk"):
        titles.setdefault(title, []).append(document_id)
    return titles
