"""What a base remembers of questions like this one."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

from django.db import connection

from sunmao.core.actor import Actor
from sunmao.guards.personal.masking import without_placeholders
from sunmao.knowledge.learning.features import NOTHING, Asked, Remembered
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import sees_internal
from sunmao.knowledge.text.fields import ANSWERED, CONFIRMED
from sunmao.knowledge.text.lexical import dimension, document_vector
from sunmao.knowledge.text.tokens import query_tokens
from sunmao.knowledge.vectors import sparse_literal

NEAREST = 60
"""How many of the likest pairs of question and passage are looked at, so that a base with ten thousand
confirmed questions is not ruled by how often a passage was right."""
FURTHER = 100
"""So many are fetched: what the pairs behind the nearest were confirmed for is at least shown to a ranking,
which then sees more than fifty passages that words alone may have missed."""

_ALIVE = """
    q.base_id = %(base)s AND q.born <= %(version)s AND (q.died IS NULL OR q.died > %(version)s)
    AND EXISTS (SELECT 1 FROM knowledge_knowledgebase b
                WHERE b.id = %(base)s AND (%(internal)s OR b.audience = 'everyone'))
"""
LIKEST = f"""
    SELECT q.passage_id, -(q.lexical <#> %(asked)s::sparsevec) AS likeness,
           -(q.lexical <#> %(question)s::sparsevec)
    FROM learning_confirmedquestion q WHERE {_ALIVE}
    ORDER BY likeness DESC LIMIT {FURTHER}
"""  # noqa: S608  constants only
_COUNTS = f"""
    SELECT q.passage_id, q.document_id, count(*) FROM learning_confirmedquestion q
    WHERE {_ALIVE} GROUP BY 1, 2
"""  # noqa: S608  constants only


@dataclass(frozen=True)
class Memory:
    """By passage: what confirmed questions say of it for this question. `further`: passages that less like
    questions were confirmed for."""

    remembered: Mapping[uuid.UUID, Remembered] = field(default_factory=dict)
    further: Sequence[uuid.UUID] = ()

    def of(self, passage_id: uuid.UUID) -> Remembered:
        return self.remembered.get(passage_id, NOTHING)


@dataclass(frozen=True)
class Counts:
    """How many confirmed questions there are, and how many each passage and each document answered."""

    all: int
    passages: Mapping[uuid.UUID, int]
    documents: Mapping[uuid.UUID, int]


def question_vector(weights: Mapping[str, float], *, answers: bool = False) -> str:
    """The asked tokens, each with its weight (idf × saturated count), in the field of confirmed questions,
    and where wanted in that of their answers."""
    vector = {dimension(token, CONFIRMED.name): weight for token, weight in weights.items()}
    if answers:
        vector |= {
            dimension(token, ANSWERED.name): ANSWERED.weight * weight for token, weight in weights.items()
        }
    return sparse_literal(vector)


def recall(*, actor: Actor, pin: BaseVersion, asked: Asked) -> Memory:
    weights = weights_of(asked)
    mass = sum(weights.values())
    if not mass:
        return Memory()
    with connection.cursor() as cursor:
        asked_with = {"asked": question_vector(weights, answers=True), "question": question_vector(weights)}
        cursor.execute(LIKEST, {**_parameters(actor, pin), **asked_with})
        return remembered(cursor.fetchall(), mass)


def weights_of(asked: Asked) -> dict[str, float]:
    counted = Counter(query_tokens(asked.text))
    return {token: (1 + log(count)) * asked.idf[token] for token, count in counted.items()}


def vector_of(question: str, answer: str) -> dict[int, float]:
    """What is stored of a confirmed question and its answer; personal data in them is no word to find by."""
    texts = {CONFIRMED.name: without_placeholders(question), ANSWERED.name: without_placeholders(answer)}
    return document_vector({name: text for name, text in texts.items() if text})


def remembered(likest: Iterable[tuple[uuid.UUID, float, float]], mass: float) -> Memory:
    """The likest pairs of question and passage, likest first, each with its likeness and with what of that
    is the question's own, without its answer; `mass` is that of what is asked now."""
    alike = [one for one in likest if one[1] > 0]
    likeness: dict[uuid.UUID, list[tuple[float, float]]] = defaultdict(list)
    for passage_id, like, own in alike[:NEAREST]:
        likeness[passage_id].append((like, own))
    further = dict.fromkeys(passage_id for passage_id, *_ in alike[NEAREST:] if passage_id not in likeness)
    return Memory(
        {passage_id: _remembered(likes, mass) for passage_id, likes in likeness.items()}, list(further)
    )


def counts(*, actor: Actor, pin: BaseVersion) -> Counts:
    passages: dict[uuid.UUID, int] = {}
    documents: dict[uuid.UUID, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, _parameters(actor, pin))
        for passage_id, document_id, count in cursor.fetchall():
            passages[passage_id] = count
            documents[document_id] += count
    return Counts(sum(passages.values()), passages, documents)


def _parameters(actor: Actor, pin: BaseVersion) -> dict[str, Any]:
    return {
        "base": pin.base.pk,
        "version": pin.version,
        "internal": sees_internal(actor, base=pin.base.slug),
    }


def _remembered(likes: list[tuple[float, float]], mass: float) -> Remembered:
    shares = [own / mass for _, own in likes]
    return Remembered(
        total=sum(like for like, _ in likes), best=max(shares), kernel=sum(share**3 for share in shares)
    )


__all__ = [
    "FURTHER",
    "Counts",
    "Memory",
    "counts",
    "question_vector",
    "recall",
    "remembered",
    "vector_of",
    "weights_of",
]
