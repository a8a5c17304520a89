from __future__ import annotations

import pytest

from sunmao.knowledge.text.refusal import trustworthy


@pytest.mark.parametrize(
    ("case", "top", "self_score", "language", "passages", "accept"),
    [
        ("a short question well covered", 15.0, 20.0, "zh", 1000, True),
        ("a short question barely touched", 8.0, 60.0, "zh", 1000, False),
        ("a long question covered by a third", 120.0, 360.0, "zh", 10_000, True),
        ("a long question covered by a tenth", 36.0, 360.0, "zh", 10_000, False),
        ("English with its subject found", 13.7, 8.0, "en", 2700, True),
        ("nothing found", 0.0, 30.0, "zh", 1000, False),
        ("nothing asked", 3.0, 0.0, "zh", 1000, False),
    ],
)
def test_the_best_score_is_judged_against_the_question(
    case: str, top: float, self_score: float, language: str, passages: int, accept: bool
) -> None:
    verdict = trustworthy(top=top, self_score=self_score, language=language, passages=passages)  # type: ignore[arg-type]
    assert verdict.accept is accept, case
    assert 0 <= verdict.relevance <= 1
    assert (verdict.relevance >= 0.5) is accept


def test_relevance_rises_with_the_score_and_falls_with_the_size_of_the_base() -> None:
    def relevance(top: float, passages: int | None) -> float:
        return trustworthy(top=top, self_score=40, language="zh", passages=passages).relevance

    assert relevance(10, 1000) < relevance(20, 1000) < relevance(40, 1000)
    assert relevance(20, 100) > relevance(20, 10_000)
    assert relevance(20, None) == relevance(20, 1000)
