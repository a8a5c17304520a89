"""A base in memory that scores as the product's does, for learning: no database, the same functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from apps.config.evaluation.material import Given
from sunmao.knowledge.text.fields import BODY
from sunmao.knowledge.text.indexing import fields_of
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import document_vector, idf, query_dimensions, self_score
from sunmao.knowledge.text.picking import heading_of
from sunmao.knowledge.text.refusal import Evidence, Read

BEST = 5


@dataclass(frozen=True)
class Searched:
    evidence: Evidence
    found: tuple[str, ...]


class MemoryBase:
    def __init__(self, given: Sequence[Given]) -> None:
        self.given = given
        self._places = {one.id: place for place, one in enumerate(given)}
        postings: dict[int, list[tuple[int, float]]] = {}
        for place, one in enumerate(given):
            for dimension, value in document_vector(fields_of(one.unit, title=one.title)).items():
                postings.setdefault(dimension, []).append((place, value))
        self._postings = {
            dimension: (np.array([place for place, _ in rows]), np.array([value for _, value in rows]))
            for dimension, rows in postings.items()
        }

    def search(self, question: str, *, without: Collection[str] = ()) -> Searched:
        gone = np.array([self._places[key] for key in without if key in self._places], dtype=np.intp)
        total = max(len(self.given) - len(gone), 1)
        terms = query_dimensions(question)
        frequencies = {place: self._frequency(place, gone) for place in terms}
        scores = np.zeros(len(self.given))
        asked: dict[str, float] = {}
        known: dict[str, float] = {}
        for place, term in terms.items():
            rarity = idf(term.token, df=frequencies[place], total=total)
            if term.field == BODY.name:
                asked[term.token] = rarity
            if frequencies[place]:
                rows, values = self._postings[place]
                scores[rows] += term.weight * rarity * values
                known |= {term.token: rarity} if term.field == BODY.name else {}
        scores[gone] = 0.0
        best = [int(place) for place in np.argsort(-scores, kind="stable")[:BEST] if scores[place] > 0]
        evidence = Evidence(
            question=question,
            language=language_of(question),
            asked=asked,
            known=known,
            mass=self_score(terms, frequencies, total),
            searched=total,
            passages=[self._read(place, float(scores[place])) for place in best],
        )
        return Searched(evidence, tuple(self.given[place].id for place in best))

    def _frequency(self, dimension: int, gone: np.ndarray) -> int:
        if dimension not in self._postings:
            return 0
        rows = self._postings[dimension][0]
        return len(rows) - int(np.isin(gone, rows).sum())

    def _read(self, place: int, score: float) -> Read:
        one = self.given[place]
        return Read(heading_of(one.title, *one.unit.heading_path, one.unit.label), one.unit.text, score)
