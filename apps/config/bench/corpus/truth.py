"""What the right answer is: every row scored, without any index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.config.bench.corpus.clusters import Vectors

K = 10
_ROUNDING = 1e-3  # halfvec and text literals round; rows this near the tenth count as equal to it


@dataclass(frozen=True)
class Truth:
    """`best` holds every row as good as the tenth; `possible` is how many of K can be returned."""

    best: frozenset[int]
    possible: int

    def recall(self, answer: Sequence[object]) -> float:
        if not self.possible:
            return 0.0 if answer else 1.0
        return min(self.possible, len(self.best & set(answer[:K]))) / self.possible


def dense_truth(question: Vectors, vectors: Vectors, first: int) -> Truth:
    return _truth(vectors @ question, first, floor=-np.inf)


class Inverted:
    """The sparse vectors of one base, flat."""

    def __init__(self, vectors: Sequence[Mapping[int, float]]) -> None:
        self._size = len(vectors)
        lengths = [len(vector) for vector in vectors]
        self._row = np.repeat(np.arange(len(vectors)), lengths)
        self._place = np.fromiter((place for vector in vectors for place in vector), np.int64, sum(lengths))
        self._value = np.fromiter(
            (v for vector in vectors for v in vector.values()), np.float32, sum(lengths)
        )

    def truth(self, question: Mapping[int, float], first: int) -> Truth:
        scores = np.zeros(self._size)
        for place, weight in question.items():
            found = self._place == place
            np.add.at(scores, self._row[found], self._value[found] * weight)
        return _truth(scores, first, floor=0.0)


def _truth(scores: NDArray[np.floating], first: int, *, floor: float) -> Truth:
    possible = min(K, int((scores > floor).sum()))
    if not possible:
        return Truth(frozenset(), 0)
    tenth = np.partition(scores, -possible)[-possible]
    rows = np.flatnonzero((scores > floor) & (scores >= tenth - _ROUNDING * abs(tenth)))
    return Truth(frozenset(int(row) + first for row in rows), possible)


def mean_recall(truths: Sequence[Truth], answers: Sequence[Sequence[object]]) -> float:
    return float(np.mean([truth.recall(answer) for truth, answer in zip(truths, answers, strict=True)]))


def mean_rows(answers: Sequence[Sequence[object]]) -> float:
    return float(np.mean([min(K, len(answer)) for answer in answers]))
