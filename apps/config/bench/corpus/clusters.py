"""Vectors in a hierarchy of topics and subtopics with noise of low rank, as text embeddings have it.

Uniform random vectors would have no topics, and with them no off-topic questions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.config.bench.corpus.layout import Layout

DIMENSIONS = 384
SUBTOPICS, RANK = 25, 48
Vectors = NDArray[np.float32]


class Clusters:
    def __init__(self, layout: Layout, seed: int) -> None:
        self._layout, self._seed = layout, seed
        rng = np.random.default_rng([seed, 1])
        self._offset = 0.5 * _unit(rng.normal(size=(1, DIMENSIONS)))
        topics = _unit(rng.normal(size=(layout.topics, 1, DIMENSIONS)))
        self._centres = topics + 0.6 * _unit(rng.normal(size=(layout.topics, SUBTOPICS, DIMENSIONS)))
        self._mixing = rng.normal(size=(RANK, DIMENSIONS)) / np.sqrt(RANK * DIMENSIONS)

    def vectors(self, rows: range) -> Vectors:
        """Unit vectors of a base's rows, as halfvec keeps them."""
        rng = np.random.default_rng([self._seed, 2, rows.start])
        topics = [self._layout.topic_of(row) for row in rows]
        centres = self._centres[topics, rng.integers(SUBTOPICS, size=len(rows))]
        noise = 0.7 * rng.normal(size=(len(rows), RANK)) @ self._mixing
        return _halved(_unit(self._offset + centres + noise))

    def near(self, vector: Vectors, rng: np.random.Generator) -> Vectors:
        """A question about what that row is about."""
        noise = 0.4 * rng.normal(size=(1, RANK)) @ self._mixing
        return _halved(_unit(vector + noise)).reshape(DIMENSIONS)


def _unit(values: NDArray[np.floating]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.asarray(values / lengths, dtype=np.float64)


def _halved(values: NDArray[np.floating]) -> Vectors:
    return values.astype(np.float16).astype(np.float32)
