"""Our side: the statements of `sunmao.knowledge.retrieval` as they are, under row security."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import localdate

from apps.config.bench.corpus.questions import Question
from apps.config.bench.corpus.truth import Truth, dense_truth
from apps.config.bench.retrieve.load import Loaded, row_of
from apps.config.bench.session import Session
from sunmao.knowledge import retrieval, statements
from sunmao.knowledge.embedding import by_vector
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.embedding.questions import Near
from sunmao.knowledge.text.lexical import query_dimensions, query_vector
from sunmao.knowledge.vectors import dense_literal, sparse_literal


def near_of(space: Space, question: Question) -> Near:
    numbers = dense_literal(question.vector.tolist())
    return Near(space.pk, numbers, space.dimensions, space.vectors, space.indexed)


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
                **by_vector.parameters(near_of(base.space, question)),
                "limit": retrieval.CANDIDATES,
            }
            for question, weights in zip(questions, self._weights, strict=True)
        ]

    def dense(self, number: int) -> list[int]:
        near = near_of(self.base.space, self.questions[number])
        found = by_vector.nearest(near, statements.DENSE, self._asked[number], self._scored)
        return [row_of(passage) for passage in found]

    def lexical(self, number: int) -> list[int]:
        """As a Chinese question is asked while no encoder serves Chinese."""
        rows = self._rows(statements.LEXICAL, self._asked[number] | by_vector.parameters(None))
        return [row_of(row[0]) for row in rows if row[1] > 0]

    def dense_truths(self) -> list[Truth]:
        first = self.base.plan.start
        return [dense_truth(question.vector, self.base.vectors, first) for question in self.questions]

    def lexical_truths(self) -> list[Truth]:
        return [self.base.lexical.truth(weights, self.base.plan.start) for weights in self._weights]

    def _weigh(self, text: str) -> dict[int, float]:
        return query_vector(query_dimensions(text), self.base.frequencies, self.base.plan.size)

    def _scored(self, statement: str, parameters: Mapping[str, Any]) -> by_vector.Scored:
        return {row[0]: (row[1], row[2]) for row in self._rows(statement, parameters)}

    def _rows(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self.session.rows(statement, parameters)
