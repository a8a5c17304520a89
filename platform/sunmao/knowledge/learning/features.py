"""What a learned ranking looks at: one row of numbers for each candidate of a question.

Most are relative to the other candidates of the same question, so that a model survives the growth of its
base. How often a passage was right before comes in as a rate and beside what the question itself says, so
that a passage nobody asked for yet keeps its chance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from sunmao.knowledge.learning.kinds import first_kind, kinds
from sunmao.knowledge.text.tokens import stripped

VERSION = 1
OPENING = 160
_BETWEEN = re.compile(r"[^\w]+")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Remembered:
    """What confirmed questions say of a passage. `total` is the summed likeness of the nearest of them, in
    BM25 mass; `best` is the share of the question that the likest one covers, `kernel` the sum of cubed
    shares."""

    total: float = 0.0
    best: float = 0.0
    kernel: float = 0.0


NOTHING = Remembered()


@dataclass(frozen=True)
class Candidate:
    """A passage that might answer, with what retrieval knows of it. `rate` and `document_rate` are the shares
    of confirmed questions that it, and its document, answered."""

    heading: str
    text: str
    document: object
    ordinal: int
    lexical: float
    fused: float
    dense: float | None = None
    memory: Remembered = NOTHING
    confirmed: int = 0
    rate: float = 0.0
    document_rate: float = 0.0


@dataclass(frozen=True)
class Asked:
    """The question: its tokens' idf in the base, unknown ones at the highest."""

    text: str
    idf: Mapping[str, float]

    @cached_property
    def mass(self) -> float:
        return max(sum(self.idf.values()), 1e-9)

    @cached_property
    def letters(self) -> str:
        return _letters(stripped(self.text))

    @cached_property
    def kinds(self) -> frozenset[int]:
        return kinds(self.text)

    @cached_property
    def first_kind(self) -> int:
        return first_kind(self.text)


NAMES = (
    "lexical", "lexical_of_best", "lexical_share", "lexical_z", "lexical_rank",
    "fused_of_best", "fused_z", "fused_rank", "dense", "dense_z",
    "memory", "memory_of_best", "memory_z", "memory_rank", "memory_best", "memory_kernel", "memory_mean",
    "rate", "document_rate", "document_lexical", "document_memory", "neighbour",
    "coverage", "heading_coverage", "opening_coverage", "rarest", "longest_common", "longest_common_share",
    "trigrams", "heading_in_question", "length", "question_length",
    "question_kind", "passage_kind", "kinds_shared", "heading_kinds_shared",
)  # fmt: skip

FROM_MEMORY = (
    "memory", "memory_of_best", "memory_z", "memory_rank", "memory_best", "memory_kernel", "memory_mean",
    "rate", "document_rate", "document_memory",
)  # fmt: skip
"""What comes from confirmed questions (see `ranking_training` for when it must not be used)."""


def matrix(asked: Asked, candidates: Sequence[Candidate]) -> Floats:
    """`len(candidates)` × `len(NAMES)`."""
    lexical = np.array([one.lexical for one in candidates])
    fused = np.array([one.fused for one in candidates])
    dense = np.array([np.nan if one.dense is None else one.dense for one in candidates])
    memory = np.array([one.memory.total for one in candidates])
    confirmed = np.array([one.confirmed for one in candidates])
    document_lexical, document_memory = _by_document(candidates, lexical), _by_document(candidates, memory)
    columns = [
        lexical, _of_best(lexical), lexical / asked.mass, _z(lexical), _rank(lexical),
        fused - fused.max(), _z(fused), _rank(fused), dense, _z(dense),
        memory, _of_best(memory), _z(memory), _rank(memory),
        np.array([one.memory.best for one in candidates]),
        np.array([one.memory.kernel for one in candidates]),
        memory / np.maximum(confirmed, 1),
        np.array([one.rate for one in candidates]),
        np.array([one.document_rate for one in candidates]),
        document_lexical, document_memory, _neighbours(candidates, lexical),
    ]  # fmt: skip
    said = np.array([_said(asked, one) for one in candidates])
    return np.column_stack([*columns, said]).astype(np.float64)


@dataclass(frozen=True)
class _Words:
    """What does not depend on the question."""

    letters: str
    heading: str
    opening: str
    first_kind: int
    kinds: frozenset[int]
    heading_kinds: frozenset[int]


@lru_cache(maxsize=20_000)
def _words(heading: str, text: str) -> _Words:
    opening = text[:OPENING]
    return _Words(
        letters=_letters(f"{heading}{text}"),
        heading=_letters(heading),
        opening=_letters(opening),
        first_kind=first_kind(opening),
        kinds=kinds(opening),
        heading_kinds=kinds(heading),
    )


def _letters(text: str) -> str:
    return _BETWEEN.sub("", text).lower()


def _said(asked: Asked, one: Candidate) -> list[float]:
    """What can be read off the words of one passage."""
    words = _words(one.heading, one.text)
    there = [weight for token, weight in asked.idf.items() if token in words.letters]
    longest = _longest_common(asked.letters, words.letters)
    return [
        sum(there) / asked.mass,
        _covered(asked, words.heading),
        _covered(asked, words.opening),
        max(there, default=0.0),
        longest,
        longest / max(len(asked.letters), 1),
        _trigrams(asked.letters, words.letters),
        _trigrams(words.heading, asked.letters),
        len(one.text),
        len(asked.text),
        asked.first_kind,
        words.first_kind,
        len(asked.kinds & words.kinds),
        len(asked.kinds & words.heading_kinds),
    ]


def _covered(asked: Asked, letters: str) -> float:
    return sum(weight for token, weight in asked.idf.items() if token in letters) / asked.mass


def _trigrams(of: str, within: str) -> float:
    count = len(of) - 2
    return sum(of[i : i + 3] in within for i in range(count)) / count if count > 0 else 0.0


def _longest_common(question: str, text: str) -> int:
    longest = 0
    for start in range(len(question)):
        while start + longest < len(question) and question[start : start + longest + 1] in text:
            longest += 1
    return longest


def _of_best(values: Floats) -> Floats:
    best = values.max()
    return values / best if best > 0 else np.zeros_like(values)


def _z(values: Floats) -> Floats:
    if np.isnan(values).all():
        return np.zeros_like(values)
    deviation = np.nanstd(values)
    return (values - np.nanmean(values)) / deviation if deviation > 0 else np.zeros_like(values)


def _rank(values: Floats) -> Floats:
    """How many candidates are strictly better: equal ones share a rank."""
    return (len(values) - np.searchsorted(np.sort(values), values, side="right")).astype(np.float64)


def _by_document(candidates: Sequence[Candidate], values: Floats) -> Floats:
    """The share of all candidates' mass that the candidate's document holds."""
    sums: dict[object, float] = {}
    for one, value in zip(candidates, values, strict=True):
        sums[one.document] = sums.get(one.document, 0.0) + max(float(value), 0.0)
    whole = sum(sums.values()) or 1.0
    return np.array([sums[one.document] / whole for one in candidates])


def _neighbours(candidates: Sequence[Candidate], lexical: Floats) -> Floats:
    """The better of the two passages beside it, where they are candidates too."""
    known = {
        (one.document, one.ordinal): float(value) for one, value in zip(candidates, lexical, strict=True)
    }
    best = max(float(lexical.max()), 1e-9)
    beside = [
        max(known.get((one.document, one.ordinal + step), 0.0) for step in (-1, 1)) for one in candidates
    ]
    return np.array(beside) / best


__all__ = ["FROM_MEMORY", "NAMES", "NOTHING", "VERSION", "Asked", "Candidate", "Remembered", "matrix"]
