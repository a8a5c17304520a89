"""Our side: the statements of `sunmao.knowledge.retrieval` as they are, under row security."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate

from apps.config.bench.corpus.questions import Question
from apps.config.bench.corpus.truth import Truth, dense_truth
from apps.config.bench.retrieve.load import Loaded, row_of
from apps.config.bench.session import Session
from sunmao.knowledge import retrieval
from sunmao.knowledge.text.lexical import query_dimensions, query_vector
from sunmao.knowledge.vectors import dense_literal, sparse_literal


class Ours:
    """One base and the questions that are put to it. Parameters are made beforehand: statements are timed."""

    def __init__(
        self, session: Session, base: Loaded, questions: list[Question], *, internal: bool = False
    ) -> None:
        self.session, self.base, self.questions = session, base, questions
        self._weights = [self._weigh(question.text) for question in questions]
        self._asked = [
            {
                "base": base.id,
                "version": 1,
                "on": localdate(),
                "internal": internal,
                "lexical": sparse_literal(weights),
                "dense": dense_literal(question.vector.tolist()),
                "limit": retrieval.CANDIDATES,
            }
            for question, weights in zip(questions, self._weights, strict=True)
        ]

    def dense(self, number: int) -> list[int]:
        return [row_of(row[0]) for row in self._rows(retrieval.DENSE, self._asked[number])]

    def lexical(self, number: int) -> list[int]:
        """As a Chinese question is asked while no encoder serves Chinese."""
        rows = self._rows(retrieval.LEXICAL, self._asked[number] | {"dense": None})
        return [row_of(row[0]) for row in rows if row[1] > 0]

    def dense_truths(self) -> list[Truth]:
        first = self.base.plan.start
        return [dense_truth(question.vector, self.base.vectors, first) for question in self.questions]

    def lexical_truths(self) -> list[Truth]:
        return [self.base.lexical.truth(weights, self.base.plan.start) for weights in self._weights]

    def _weigh(self, text: str) -> dict[int, float]:
        return query_vector(query_dimensions(text), self.base.frequencies, self.base.plan.size)

    def _rows(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self.session.rows(statement, parameters)
