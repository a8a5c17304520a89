"""Scores of words and of vectors as one number: a weighted sum of per-question z-scores.

Never reciprocal ranks, which let a weak partner destroy first places, and never a raw cosine beside a text
rank.
"""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sunmao.knowledge.learning.features import NOTHING, Remembered

DENSE_WEIGHT = 1.5  # measured on English questions and answers about medicine


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


def fuse(rows: Sequence[Row]) -> dict[uuid.UUID, float]:
    """Weighted sum of z-scores over the candidates of all bases; a passage without a vector counts as the
    weakest. Bases differ in how rare a word is in them, so the lexical score is taken as a share."""
    lexical = standardised([row.strength for row in rows])
    known = [row.dense for row in rows if row.dense is not None]
    if not known:
        return {row.passage_id: score for row, score in zip(rows, lexical, strict=True)}
    weakest = min(known)
    dense = standardised([weakest if row.dense is None else row.dense for row in rows])
    return {row.passage_id: a + DENSE_WEIGHT * b for row, a, b in zip(rows, lexical, dense, strict=True)}


def standardised(values: Sequence[float]) -> list[float]:
    if len(values) < 2:
        return [0.0] * len(values)
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [(value - mean) / deviation if deviation else 0.0 for value in values]


def together(parts: Sequence[Mapping[uuid.UUID, float]]) -> dict[uuid.UUID, float]:
    """Candidates of several searches whose scores have nothing in common: the sum of their z-scores. What a
    search has not found counts as the weakest that it has."""
    scores = dict.fromkeys((key for part in parts for key in part), 0.0)
    for part in parts:
        alone = len(part) == 1
        own = dict(zip(part, [1.0] if alone else standardised(list(part.values())), strict=True))
        weakest = 0.0 if alone else min(own.values(), default=0.0)
        scores = {key: score + own.get(key, weakest) for key, score in scores.items()}
    return scores
