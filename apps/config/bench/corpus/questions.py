"""Questions on and off a base's topic. Off topic, the nearest rows of all belong to other bases."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from apps.config.bench.corpus.clusters import Clusters, Vectors
from apps.config.bench.corpus.layout import Base, Layout
from apps.config.bench.corpus.texts import Texts

ON, OFF = "on", "off"


@dataclass(frozen=True)
class Question:
    text: str
    vector: Vectors


@dataclass(frozen=True)
class Corpus:
    layout: Layout
    clusters: Clusters
    texts: Texts
    seed: int

    @classmethod
    def of(cls, layout: Layout, seed: int) -> Corpus:
        return cls(layout, Clusters(layout, seed), Texts(layout, seed), seed)

    def questions(self, base: Base, topic: str, count: int) -> list[Question]:
        rng = np.random.default_rng([self.seed, 5, base.start, topic == ON])
        sources = [base] * count if topic == ON else self._others(count, rng)
        return [
            question
            for source, group in groupby(sources)
            for question in self._about(source, len(list(group)), rng)
        ]

    def _others(self, count: int, rng: np.random.Generator) -> list[Base]:
        others = [other for other in self.layout.bases if other.slug.startswith("other-")]
        return [others[int(number)] for number in np.sort(rng.integers(len(others), size=count))]

    def _about(self, base: Base, count: int, rng: np.random.Generator) -> list[Question]:
        vectors, numbers = self.clusters.vectors(base.rows), self.texts.numbers(base.rows)
        places = rng.integers(base.size, size=count)
        return [
            Question(
                self.texts.question(base.start + place, numbers[place], rng),
                self.clusters.near(vectors[place], rng),
            )
            for place in map(int, places)
        ]
