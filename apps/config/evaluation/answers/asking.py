"""Questions put to the base as a person would put them, with and without the passages that answer."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from apps.config.evaluation.base import Loaded
from apps.config.evaluation.floor import Floor
from apps.config.evaluation.material import Given, Question
from sunmao.answering.run import TOP_K
from sunmao.answering.steps import sources_of
from sunmao.core import tenancy
from sunmao.inference.engine import GenerationRequest, Token, events_of
from sunmao.inference.engines.extractive import ExtractiveEngine
from sunmao.knowledge import retrieval
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.picking import Candidate, ranked
from sunmao.knowledge.text.sentences import sentences

_HIDE = """
    WITH gone AS (
        UPDATE knowledge_passage_vector SET held = true
        WHERE base_id = %(base)s AND passage_id = ANY(%(passages)s) AND NOT held RETURNING lexical),
    words AS (
        SELECT split_part(entry, ':', 1)::integer AS dimension, count(*) AS passages
        FROM gone, unnest(string_to_array(trim(both '{}' from split_part(lexical::text, '/', 1)), ',')) entry
        WHERE entry <> '' GROUP BY 1)
    UPDATE knowledge_term t SET passages = t.passages - words.passages
    FROM words WHERE t.base_id = %(base)s AND t.dimension = words.dimension
"""


@dataclass(frozen=True)
class Said:
    """What became of a question. `sentences` stand in the order in which they would be read, `best` in that
    of the picker; `score` decides about the refusal."""

    accepted: bool
    score: float
    sentences: tuple[str, ...]
    best: tuple[str, ...]
    cited: frozenset[str]
    found: tuple[str, ...]
    milliseconds: float

    @property
    def text(self) -> str:
        return "".join(self.sentences)


def answers(loaded: Loaded, asked: Sequence[Question]) -> list[Said]:
    with tenancy.scope(loaded.people.end_user.organisation_id):
        return [_answer(loaded, one) for one in asked]


def answers_without_gold(loaded: Loaded, asked: Sequence[Question]) -> list[Said]:
    """Each question to a base that never had the passages which answer it; nothing of that is kept."""
    places: dict[frozenset[str], list[int]] = defaultdict(list)
    for place, one in enumerate(asked):
        places[frozenset(one.relevant & loaded.passages.keys())].append(place)
    said: dict[int, Said] = {}
    for gold, same in places.items():
        with _without(loaded, gold):
            said |= {place: _answer(loaded, asked[place]) for place in same}
    return [said[place] for place in range(len(asked))]


@contextmanager
def _without(loaded: Loaded, gold: frozenset[str]) -> Iterator[None]:
    with tenancy.scope(loaded.people.system.organisation_id), transaction.atomic():
        passages = [loaded.passages[key] for key in gold]
        with connection.cursor() as cursor:
            cursor.execute(_HIDE, {"base": loaded.base.pk, "passages": passages})
        type(loaded.base).objects.filter(pk=loaded.base.pk).update(
            passage_count=len(loaded.ids) - len(passages)
        )
        try:
            yield
        finally:
            transaction.set_rollback(True)


def _answer(loaded: Loaded, one: Question) -> Said:
    pin = loaded.pin
    began = time.perf_counter()
    found = retrieval.retrieve(actor=loaded.people.end_user, question=one.text, bases=[pin], limit=TOP_K)
    sources = sources_of(found)
    language = language_of(one.text)
    request = GenerationRequest(
        prompt="", question=one.text, language=language, passages=sources, idf=found.idf
    )
    chosen = [token for token in events_of(ExtractiveEngine(), request) if isinstance(token, Token)]
    spent = (time.perf_counter() - began) * 1000
    ids = [loaded.ids[hit.passage.pk] for hit in found.hits]
    return Said(
        accepted=found.judgement.accepted,
        score=found.judgement.relevance,
        sentences=tuple(token.text for token in chosen),
        best=_best(request),
        cited=frozenset(ids[(token.passage or 1) - 1] for token in chosen),
        found=tuple(ids),
        milliseconds=spent,
    )


def _best(request: GenerationRequest) -> tuple[str, ...]:
    """The sentences of the first passage, likeliest first."""
    if not request.passages:
        return ()
    first = request.passages[0]
    passage = Candidate(key="1", text=first.text, heading=first.heading, score=first.score)
    return tuple(one.text for one in ranked(request.question, passage, frequencies=request.idf))


def floor_answers(given: Sequence[Given], asked: Sequence[Question], *, dropped: bool = False) -> list[Said]:
    """BM25 finds the passage, and BM25 over its sentences what to say."""
    texts = {one.id: "\n".join(filter(None, (one.title, one.unit.label, one.unit.text))) for one in given}
    bodies = {one.id: one.unit.text for one in given}
    floor = Floor(list(texts), list(texts.values()))
    return [_floor_answer(floor, bodies, one, one.relevant if dropped else frozenset()) for one in asked]


def _floor_answer(floor: Floor, bodies: dict[str, str], one: Question, without: frozenset[str]) -> Said:
    began = time.perf_counter()
    found = floor.scored(one.text, limit=1, without=without)
    key, score = found[0] if found else ("", 0.0)
    parts = [part.text for part in sentences(bodies.get(key, ""))]
    order = [int(name) for name in Floor([str(n) for n in range(len(parts))], parts).find(one.text, limit=9)]
    best = tuple(parts[place] for place in order) or tuple(parts)
    return Said(
        accepted=bool(found),
        score=score,
        sentences=best[:2],
        best=best,
        cited=frozenset(filter(None, (key,))),
        found=tuple(filter(None, (key,))),
        milliseconds=(time.perf_counter() - began) * 1000,
    )
