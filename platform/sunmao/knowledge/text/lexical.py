"""BM25 as an inner product of two sparse vectors, with the idf on the side of the question.

A stored vector holds only what depends on its own passage (saturated term frequencies against a fixed pivot
length); everything that depends on the base (document frequencies, their number) is read at question time.
So no vector ever goes stale when documents come and go. Robertson and Zaragoza, "The Probabilistic
Relevance Framework: BM25 and Beyond", 2009, sections 3.4 and 3.6 (fields).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import log
from typing import NamedTuple

from sunmao.knowledge.text import background
from sunmao.knowledge.text.fields import BODY, FIELD_WEIGHTS, FIELDS, Field
from sunmao.knowledge.text.tokens import tokens

DIMENSIONS = 2**29
MAX_ENTRIES = 1_000
"""pgvector refuses an HNSW index over a sparse vector with more non-zero elements."""


@dataclass(frozen=True)
class QueryTerm:
    """A token of the question in one field; `weight` is (1 + ln qtf) × field weight, without idf."""

    token: str
    field: str
    weight: float


class _Entry(NamedTuple):
    place: int
    token: str
    value: float
    worth: float


@lru_cache(maxsize=262_144)
def dimension(token: str, field: str = BODY.name) -> int:
    """The stable place of a token in a field, from 0 to 2**29 - 1.

    With a million distinct tokens about one in five hundred shares its place with another; the ranking does
    not notice.
    """
    digest = blake2b(token.encode(), digest_size=8, key=field.encode()).digest()
    return int.from_bytes(digest, "big") % DIMENSIONS


def document_vector(fields: Mapping[str, str]) -> dict[int, float]:
    """Dimension → saturated term frequency, for texts by field name; at most the 1,000 entries that weigh
    most.

    Raises `KeyError` for a field that is not in `FIELDS`.
    """
    entries = [entry for name, text in fields.items() for entry in _entries(FIELDS[name], tokens(text))]
    if len(entries) > MAX_ENTRIES:
        # Among equals a pair of characters says more than one; the place makes the choice stable.
        entries.sort(key=lambda entry: (-entry.worth, -len(entry.token), entry.place))
    return {entry.place: entry.value for entry in entries[:MAX_ENTRIES]}


def query_dimensions(question: str, fields: Iterable[str] = tuple(FIELD_WEIGHTS)) -> dict[int, QueryTerm]:
    """What to look up for a question: dimension → term, each field with its own form of the question."""
    return {
        dimension(token, name): QueryTerm(token, name, (1 + log(count)) * FIELD_WEIGHTS[name])
        for name in fields
        for token, count in Counter(FIELDS[name].asked(question)).items()
    }


def idf(token: str, *, df: int, total: int) -> float:
    """Rarity of a token that `df` of `total` passages contain; positive even when all do. What is known of
    words in general takes part, so that a base of a single passage can tell them apart."""
    return background.rarity(token, df=min(df, total), total=total)


def query_vector(
    terms: Mapping[int, QueryTerm], document_frequencies: Mapping[int, int], total: int
) -> dict[int, float]:
    """Dimension → weight × idf for the terms that the base knows.

    Its inner product with a document vector is the BM25 score.
    """
    return {
        place: term.weight * idf(term.token, df=df, total=total)
        for place, term in terms.items()
        if (df := document_frequencies.get(place, 0)) > 0
    }


def self_score(terms: Mapping[int, QueryTerm], document_frequencies: Mapping[int, int], total: int) -> float:
    """The mass of the question: what a passage of normal length would score that says each asked word once.

    Terms that the base does not know count at the highest idf; otherwise a question from another field
    looks fully covered by the few words it shares. Only the body counts, since other fields may be empty.
    """
    return sum(
        term.weight * idf(term.token, df=document_frequencies.get(place, 0), total=total)
        for place, term in terms.items()
        if term.field == BODY.name
    )


def _entries(field: Field, found: list[str]) -> list[_Entry]:
    correction = field.k1 * (1 - field.b + field.b * len(found) / field.pivot)
    return [
        _Entry(
            dimension(token, field.name),
            token,
            value := count * (field.k1 + 1) / (count + correction),
            value * field.weight,
        )
        for token, count in Counter(found).items()
    ]


__all__ = [
    "DIMENSIONS",
    "FIELD_WEIGHTS",
    "MAX_ENTRIES",
    "QueryTerm",
    "dimension",
    "document_vector",
    "idf",
    "query_dimensions",
    "query_vector",
    "self_score",
]
