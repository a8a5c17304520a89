"""Cohen's kappa and Krippendorff's alpha against worked examples, and what judges are known for."""

from __future__ import annotations

import pytest

from sunmao.evaluation.judging.agreement import alpha, correlation, kappa, told


def test_kappa_of_a_table_of_two_by_two() -> None:
    """Of 50 proposals two readers accept both 20, one alone 5 and 10, and refuse both 15: kappa 0.4."""
    pairs = [(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15
    assert kappa(pairs, level="nominal") == 0.4


def test_kappa_of_grades_forgives_a_near_miss() -> None:
    near, far = [(1, 2), (5, 4), (3, 3), (4, 4)], [(1, 5), (5, 1), (3, 3), (4, 4)]
    assert (kappa(near, level="interval") or 0) > 0.8
    assert (kappa(far, level="interval") or 0) < 0
    assert (kappa(near, level="nominal"), kappa(far, level="nominal")) == (0.3846, 0.3333)


def test_alpha_of_krippendorffs_own_example() -> None:
    """Four observers and twelve units, some unseen; Krippendorff, 2011: nominal 0.743, interval 0.849."""
    table = [
        [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
    ]  # fmt: skip
    assert alpha(table, level="nominal") == pytest.approx(0.743, abs=0.0005)
    assert alpha(table, level="interval") == pytest.approx(0.849, abs=0.0005)


def test_nothing_can_be_said_where_everybody_says_the_same() -> None:
    assert kappa([(3, 3)] * 9, level="interval") is None
    assert alpha([[3, 3], [3, 3]], level="interval") is None
    assert alpha([[3], [4]], level="interval") is None
    assert kappa([], level="nominal") is None


def test_figures_have_an_interval_that_is_the_same_twice() -> None:
    pairs = [(grade, min(grade + (number % 7 == 0), 5)) for number in range(8) for grade in (1, 2, 3, 4, 5)]
    found = told(pairs, level="interval")
    assert (found["items"], found["agreement"]) == (40, 0.8)
    low, high = found["interval"]
    assert low < found["kappa"] < high
    assert told(pairs, level="interval") == found


def test_a_liking_for_length_is_seen() -> None:
    assert correlation([(10.0, 1.0), (200.0, 3.0), (390.0, 5.0)]) == 1.0
    assert correlation([(10.0, 3.0), (200.0, 3.0), (390.0, 3.0)]) is None
