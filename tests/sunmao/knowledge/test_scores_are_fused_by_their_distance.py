"""Two systems are added as distances from their own means, so that no unit of the one outweighs the other."""

from __future__ import annotations

import pytest

from sunmao.core.ids import new_id
from sunmao.knowledge.fusing import DENSE_WEIGHT, Row, fuse

A, B, C = new_id(), new_id(), new_id()


def _rows(*scores: tuple[float, float | None]) -> list[Row]:
    return [
        Row(key, lexical, dense, share=lexical)
        for key, (lexical, dense) in zip((A, B, C), scores, strict=False)
    ]


def test_nothing_fuses_to_nothing() -> None:
    assert fuse([]) == {}


def test_a_single_candidate_is_neither_good_nor_bad() -> None:
    assert fuse(_rows((12.0, 0.9))) == {A: 0.0}


def test_without_vectors_words_decide() -> None:
    scores = fuse(_rows((3.0, None), (9.0, None), (6.0, None)))
    assert sorted(scores, key=scores.__getitem__) == [A, C, B]
    assert sum(scores.values()) == pytest.approx(0)


@pytest.mark.parametrize(("case", "factor", "shift"), [("scaled", 1000.0, 0.0), ("shifted", 1.0, 50.0)])
def test_the_unit_of_a_system_does_not_matter(case: str, factor: float, shift: float) -> None:
    scores = [(3.0, 0.2), (9.0, 0.1), (6.0, 0.9)]
    changed = [(lexical * factor + shift, dense) for lexical, dense in scores]
    assert fuse(_rows(*changed)) == pytest.approx(fuse(_rows(*scores)))


def test_a_passage_without_a_vector_counts_as_the_weakest() -> None:
    absent = fuse(_rows((3.0, 0.2), (9.0, None), (6.0, 0.9)))
    weakest = fuse(_rows((3.0, 0.2), (9.0, 0.2), (6.0, 0.9)))
    assert absent == pytest.approx(weakest)


def test_equal_scores_say_nothing() -> None:
    assert fuse(_rows((5.0, 0.4), (5.0, 0.4), (5.0, 0.4))) == {A: 0.0, B: 0.0, C: 0.0}


def test_vectors_weigh_as_much_as_was_measured() -> None:
    scores = fuse(_rows((1.0, 0.0), (0.0, 1.0)))
    assert scores == pytest.approx({A: 1 - DENSE_WEIGHT, B: DENSE_WEIGHT - 1})
