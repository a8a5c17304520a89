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
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from sunmao.core.actor import Actor
from sunmao.knowledge import reranking
from sunmao.knowledge.cited_articles import described, mentioned, named_passages
from sunmao.knowledge.embedding import by_vector, questions
from sunmao.knowledge.embedding.questions import EncodedQuestion
from sunmao.knowledge.fusing import Row, fuse
from sunmao.knowledge.graph.walking import expand, inherited
from sunmao.knowledge.judging import NOTHING as NOT_JUDGED
from sunmao.knowledge.judging import Circumstances, Judgement, judge
from sunmao.knowledge.learning import memory, ranking, synonyms
from sunmao.knowledge.learning.features import Asked, Candidate
from sunmao.knowledge.learning.memory import Counts, Memory
from sunmao.knowledge.models import Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import sees_internal
from sunmao.knowledge.postings import by_word
from sunmao.knowledge.reranking import Reranked
from sunmao.knowledge.sight import finding
from sunmao.knowledge.sight.finding import Sight
from sunmao.knowledge.statements import DENSE, LEXICAL, NAMED
from sunmao.knowledge.statements import scored as _scored
from sunmao.knowledge.text.fields import BODY, CONFIRMED
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import (
    idf,
    query_vector,
    self_score,
)
from sunmao.knowledge.text.picking import heading_of
from sunmao.knowledge.text.references import Reference
from sunmao.knowledge.text.refusal import Evidence, Read
from sunmao.knowledge.text.rewriting import rewritten
from sunmao.knowledge.tracing import Recorder, Trace
from sunmao.knowledge.vectors import sparse_literal
from sunmao.knowledge.versions import statistics
from sunmao.knowledge.wording import as_written_here

CANDIDATES = 50
JUDGED = 5
"""How many of the best passages the judgement looks at."""


@dataclass(frozen=True)
class Hit:
    """One passage and its scores. `score` ranks; `lexical` is its BM25 mass and `share` what part of the
    question's own mass that is, in the passage's base; `dense` is a cosine. `seen` is how near the picture
    that it stands for is to what was asked."""

    passage: Passage
    score: float
    lexical: float
    share: float
    dense: float | None = None
    by_reference: bool = False
    seen: float | None = None


@dataclass(frozen=True)
class Retrieved:
    """What was found, and what is needed to judge and to quote it.

    `top`, `self_score` (the question's own mass, where unknown words count as rare ones), `searched`
    (passages looked through) and `idf` (of the question's tokens) are those of the base that covers the
    question best. `missing_reference` names articles that were asked for and that the bases neither hold nor
    mention. `question` is how it was put to that base, and what an answer is picked by; `rewritten`: it took
    a second try in other words; `reranked`: what a cross-encoder did. `judgement` says whether an answer may
    be made of it, `trace` what each stage did, where that was asked for.
    """

    hits: tuple[Hit, ...]
    versions: Mapping[str, int]
    top: float = 0.0
    self_score: float = 0.0
    searched: int = 0
    idf: Mapping[str, float] = field(default_factory=dict)
    missing_reference: str = ""
    question: str = ""
    rewritten: bool = False
    reranked: Reranked = Reranked()
    judgement: Judgement = NOT_JUDGED
    trace: Trace | None = None

    def closeness(self, hit: Hit) -> float:
        """How near a hit comes to the best one, in one unit for all hits: its share of the question where
        words alone decided, the exponential of the fused distance where vectors did too."""
        if hit.by_reference:
            return math.inf
        best = max(other.score for other in self.hits if not other.by_reference)
        if all(other.dense is None for other in self.hits):
            return hit.share
        return math.exp(hit.score - best)


def retrieve(
    *, actor: Actor, question: str, bases: Sequence[BaseVersion], limit: int = 8, trace: bool = False
) -> Retrieved:
    """The best passages of all bases together, best first, and whether they may be answered from. Must run
    inside the actor's tenancy scope. `trace` also returns what each stage did."""
    actor.require("knowledge.passage.read")
    recorder = Recorder(wanted=trace)
    found = attempt(actor=actor, question=question, bases=bases, limit=limit, recorder=recorder)
    if found.judgement.reason in ("weak", "nothing") and bases:
        found = _again(actor=actor, weak=found, asked=question, bases=bases, limit=limit, recorder=recorder)
    return replace(found, trace=recorder.trace())


def _again(
    *,
    actor: Actor,
    weak: Retrieved,
    asked: str,
    bases: Sequence[BaseVersion],
    limit: int,
    recorder: Recorder,
) -> Retrieved:
    """Once more in other words, when there are any; what was found first stands unless this is better."""
    with recorder.stage("rewritten") as noting:
        groups = [group for pin in bases for group in synonyms.known(pin)]
        other = rewritten(weak.question or asked, weak.idf, synonyms.others(asked, groups))
        noting.say(question=other)
        noting.nothing = not other
    if not other:
        return weak
    found = attempt(actor=actor, question=other, bases=bases, limit=limit, recorder=recorder)
    return replace(found, rewritten=True) if found.judgement.accepted else weak


def attempt(
    *, actor: Actor, question: str, bases: Sequence[BaseVersion], limit: int, recorder: Recorder
) -> Retrieved:
    keys = [pin.base.pk for pin in bases]
    dense, sight = questions.encode(question, keys), questions.encode_for_pictures(question, keys)
    found = [
        search(
            actor=actor, question=question, pin=pin, dense=dense, sight=sight, recorder=recorder, limit=limit
        )
        for pin in bases
    ]
    rows = _without_deleted([row for part in found for row in part.rows], bases)
    with recorder.stage("fused") as noting:
        fused = fuse(rows)
        noting.show(fused)
    with recorder.stage("reranked") as noting:
        scores = _ranked(actor=actor, found=found, scores=fused)
        scores, reranked = _read_together(question, rows, scores)
        noting.show(scores)
        noting.say(model=reranked.model, note=reranked.note)
        noting.nothing = scores == fused and not reranked.model
    best = sorted(rows, key=lambda row: scores[row.passage_id], reverse=True)[:limit]
    hits = _hits(best, scores)
    with recorder.stage("named") as noting:
        named, absent = named_passages(actor=actor, question=question, bases=bases)
        noting.show_ranked([passage.pk for passage in named])
    retrieved = Retrieved(
        hits=_named_first(named, hits)[:limit],
        versions={pin.base.slug: pin.version for pin in bases},
        question=question,
        missing_reference=_missing(absent, hits),
        reranked=reranked,
    )
    if not found:
        return retrieved
    strongest = max(found, key=lambda part: part.share)
    retrieved = replace(
        retrieved,
        top=strongest.top,
        self_score=strongest.self_score,
        searched=strongest.searched,
        idf=strongest.idf,
        question=strongest.asked.text,
    )
    with recorder.stage("judged") as noting:
        judgement = judge(_evidence(strongest, found, rows), _circumstances(retrieved, rows))
        noting.say(accepted=judgement.accepted, relevance=judgement.relevance, reason=judgement.reason)
    # Pictures come after the judgement: an answer is made of words.
    return replace(retrieved, hits=_with_pictures(retrieved.hits, found, limit), judgement=judgement)


def _with_pictures(hits: Sequence[Hit], found: Sequence[Found], limit: int) -> tuple[Hit, ...]:
    """The last places belong to pictures that stand out, unless words have found them already."""
    seen = {key: near for part in found for key, near in part.sight.near.items()}
    told = [replace(hit, seen=seen.get(hit.passage.pk)) for hit in hits]
    best = finding.standing_out([part.sight for part in found])
    known = {hit.passage.pk for hit in told[: limit - len(best)]}
    passages = load([key for key in best if key not in known])
    found_before = {hit.passage.pk: hit for hit in told}
    lowest = min((hit.score for hit in told if not hit.by_reference), default=0.0)
    shown = [
        found_before.get(key) or Hit(passages[key], lowest, 0.0, 0.0, seen=seen[key])
        for key in best
        if key in passages
    ]
    kept = [hit for hit in told if hit.passage.pk not in passages]
    return (*kept[: limit - len(shown)], *shown)


def _evidence(strongest: Found, found: Sequence[Found], rows: Sequence[Row]) -> Evidence:
    """The best by their words, in the mass of the base that covers the question best. Cosines of another
    encoder than that base's tell nothing beside its own."""
    best = sorted((row for row in rows if row.lexical > 0), key=lambda row: -row.share)[:JUDGED]
    alike = {row.passage_id for part in found if part.encoder == strongest.encoder for row in part.rows}
    cosines = [row.dense for row in rows if row.dense is not None and row.passage_id in alike]
    question = strongest.asked.text
    return Evidence(
        question=question,
        language=language_of(question),
        asked=strongest.asked.idf,
        known=strongest.idf,
        mass=strongest.self_score,
        searched=strongest.searched,
        passages=[
            Read(_heading(hit.passage), hit.passage.text, hit.share * strongest.self_score)
            for hit in _hits(best, {row.passage_id: row.share for row in best})
        ],
        cosine=max(cosines, default=None),
        encoder=strongest.encoder if cosines else "",
    )


def _circumstances(found: Retrieved, rows: Sequence[Row]) -> Circumstances:
    shown = {hit.passage.pk for hit in found.hits}
    return Circumstances(
        named=any(hit.by_reference for hit in found.hits),
        missing=bool(found.missing_reference),
        found=bool(found.hits),
        confirmed=max((row.memory.best for row in rows if row.passage_id in shown), default=0.0),
    )


def _heading(passage: Passage) -> str:
    return heading_of(passage.document.title, *passage.heading_path, passage.label)


def _hits(rows: Sequence[Row], scores: Mapping[uuid.UUID, float]) -> list[Hit]:
    passages = load([row.passage_id for row in rows])
    return [
        Hit(passages[row.passage_id], scores[row.passage_id], row.lexical, row.share, row.dense)
        for row in rows
        if row.passage_id in passages
    ]


def _named_first(named: Sequence[Passage], hits: Sequence[Hit]) -> tuple[Hit, ...]:
    known = {passage.pk for passage in named}
    first = (Hit(passage, math.inf, 0.0, 1.0, by_reference=True) for passage in named)
    return (*first, *(hit for hit in hits if hit.passage.pk not in known))


def _missing(absent: Sequence[Reference], hits: Sequence[Hit]) -> str:
    """A passage that speaks of the article serves; a neighbour of an absent article would mislead."""
    passages = [hit.passage for hit in hits]
    return "、".join(described(one) for one in absent if not mentioned(one, passages))


@dataclass(frozen=True)
class Found:
    """What one base has: `asked` holds the idf of every token of the question, unknown ones included; `idf`
    only that of the words which the base knows. `encoder` is what its vectors are of, where they count."""

    pin: BaseVersion
    rows: list[Row]
    self_score: float
    idf: Mapping[str, float]
    searched: int
    asked: Asked
    ranking: uuid.UUID | None = None
    encoder: str = ""
    sight: Sight = finding.NOTHING

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
    sight: EncodedQuestion = questions.NOTHING,
    recall: Callable[[Asked], Memory] | None = None,
    recorder: Recorder | None = None,
    limit: int = 0,
) -> Found:
    """The candidates of one base, at least `limit` of each kind of search. `recall` replaces what the base
    remembers: training leaves out the very question that it looks at."""
    recorder = recorder or Recorder()
    written = as_written_here(pin, question)
    question, terms, frequencies = written.question, written.terms, written.frequencies
    total = max(statistics.passages(pin), 1)
    weights = query_vector(terms, frequencies, total)
    searched = weights | query_vector(written.further, frequencies, total)
    known = ranking.active(pin)
    near = dense.of(pin.base.pk)
    parameters: dict[str, Any] = {
        "base": pin.base.pk,
        "version": pin.version,
        "on": pin.on,
        "internal": sees_internal(actor, base=pin.base.slug),
        "lexical": sparse_literal(searched),
        **by_vector.parameters(near),
        "limit": max(limit, ranking.CANDIDATES if known or recall else CANDIDATES),
    }
    mass = self_score(terms, frequencies, total)
    rarity = {
        term.token: idf(term.token, df=frequencies.get(place, 0), total=total)
        for place, term in terms.items()
        if term.field == BODY.name
    }
    asked = Asked(question, rarity)
    with recorder.stage("confirmed", pin.base.slug) as noting:
        remembered = recall(asked) if recall else memory.recall(actor=actor, pin=pin, asked=asked)
        noting.show({key: one.total for key, one in remembered.remembered.items()})
    with recorder.stage("lexical", pin.base.slug) as noting:
        scored = by_word.best(searched, LEXICAL, NAMED, parameters, _scored) if weights else {}
        noting.show({key: lexical for key, (lexical, _) in scored.items() if lexical > 0})
    if near:
        with recorder.stage("dense", pin.base.slug) as noting:
            nearest = by_vector.nearest(near, DENSE, parameters, _scored)
            noting.show({key: cosine for key, (_, cosine) in nearest.items() if cosine is not None})
            noting.say(encoder=near.encoder, indexed=near.indexed)
        scored |= nearest
    further = remembered.further if known or recall else ()
    if named := [passage for passage in (*remembered.remembered, *further) if passage not in scored]:
        scored |= _scored(NAMED, {**parameters, "named": named})
    rows = _rows(scored, mass, remembered)
    with recorder.stage("seen", pin.base.slug) as noting:
        pictures = finding.near(sight.of(pin.base.pk), parameters)
        noting.show(pictures.near)
        noting.say(encoder=pictures.encoder, standing_out=len(pictures.margins))
    with recorder.stage("linked", pin.base.slug) as noting:
        reached = expand(actor=actor, pin=pin, seeds=_best_first(rows))
        linked = inherited(reached, {row.passage_id: row.strength for row in rows})
        noting.show(linked)
    if reached:
        scored |= _scored(NAMED, {**parameters, "named": list(linked)})
        rows = _rows(scored, mass, remembered, linked)
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
        encoder=near.encoder if near else "",
        sight=pictures,
    )


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


def _read_together(
    question: str, rows: Sequence[Row], scores: Mapping[uuid.UUID, float]
) -> tuple[dict[uuid.UUID, float], Reranked]:
    """Where a cross-encoder is configured, it deals the scores of the best candidates out anew."""
    if not reranking.configured():
        return dict(scores), Reranked()
    order = sorted((row.passage_id for row in rows), key=lambda key: -scores[key])
    passages = load(order[: reranking.TOP])
    best = [key for key in order if key in passages]
    texts = [f"{_heading(passages[key])}\n{passages[key].text}" for key in best]
    before = [scores[key] for key in best]
    told = reranking.rerank(question, texts, before)
    if not told.scores:
        return dict(scores), told
    return {**scores, **dict(zip(best, reranking.dealt(told.scores, before), strict=True))}, told


def candidates(
    rows: Sequence[Row], scores: Mapping[uuid.UUID, float], counts: Counts
) -> dict[uuid.UUID, Candidate]:
    """What a ranking is shown of the rows that count, by passage."""
    passages = load([row.passage_id for row in rows if row.passage_id in scores])
    return {
        row.passage_id: _candidate(row, passages[row.passage_id], scores[row.passage_id], counts)
        for row in rows
        if row.passage_id in passages
    }


def _candidate(row: Row, passage: Passage, score: float, counts: Counts) -> Candidate:
    whole = max(counts.all, 1)
    confirmed = counts.passages.get(row.passage_id, 0)
    return Candidate(
        heading=_heading(passage),
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


def _without_deleted(rows: list[Row], bases: Sequence[BaseVersion]) -> list[Row]:
    """Passages of removed documents still belong to old versions, and must not take the place of others."""
    if not any(pin.is_old for pin in bases):
        return rows
    found = Passage.objects.filter(pk__in=[row.passage_id for row in rows], document__deleted_at=None)
    kept = set(found.values_list("pk", flat=True))
    return [row for row in rows if row.passage_id in kept]


def load(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Passage]:
    passages = Passage.objects.filter(pk__in=ids, document__deleted_at=None)
    return {
        passage.pk: passage
        for passage in passages.select_related("document__base", "revision").defer("revision__text")
    }
