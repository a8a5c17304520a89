"""What results amount to: rates, intervals, slices, what became worse, and why a release does not pass."""

from __future__ import annotations

import pytest
from scipy import stats

from sunmao.evaluation.live.figures import fisher, wilson
from sunmao.evaluation.suites.figures import Outcome, compare, figures, interval, reasons


def outcome(case: str, passed: bool, *slices: str, seconds: float = 1.0) -> Outcome:
    return Outcome(
        case=case, passed=passed, slices=slices, checks=[("contains", passed, None)], seconds=seconds
    )


def test_rates_are_told_by_slice_and_by_kind() -> None:
    found = figures([outcome("a", True, "zh"), outcome("b", False, "zh", "law"), outcome("c", True, "en")])
    assert (found["cases"], found["passed"], found["pass_rate"]) == (3, 2, 0.6667)
    assert {name: one["pass_rate"] for name, one in found["slices"].items()} == {
        "en": 1.0, "law": 0.0, "zh": 0.5,
    }  # fmt: skip
    assert found["kinds"] == {
        "contains": {
            "checks": 3,
            "pass_rate": 0.6667,
            "interval": (0.0, 1.0),
            "mean_score": None,
            "mean_interval": None,
        }
    }


def test_an_interval_holds_the_rate_and_is_the_same_twice() -> None:
    passed = [True] * 80 + [False] * 20
    low, high = interval(passed) or (1.0, 0.0)
    assert low < 0.8 < high
    assert 0.70 < low < 0.75
    assert 0.85 < high < 0.90
    assert interval(passed) == (low, high)


def test_all_of_few_cases_is_no_certainty() -> None:
    assert interval([True] * 10) == (0.7411, 1.0)
    assert interval([False] * 10) == (0.0, 0.2589)
    assert interval([]) is None


def test_what_passed_before_and_fails_now_is_worse() -> None:
    found = compare({"a": True, "b": False, "c": True}, [
        outcome("a", False), outcome("b", True), outcome("c", True), outcome("d", False),
    ])  # fmt: skip
    assert (found.worse, found.better, found.new) == (["a"], ["b"], ["d"])


def test_every_limit_that_is_missed_is_a_reason() -> None:
    found = figures([outcome("a", True, "zh"), outcome("b", False, "zh", seconds=9.0)])
    limits = {"pass_rate": 0.9, "regressions": 0, "p95_seconds": 5, "slices": {"zh": 0.8, "law": 0.5}}
    told = reasons(limits=limits, found=found, worse=["b"])
    assert told == [
        {"code": "pass_rate", "found": 0.5, "asked": 0.9},
        {"code": "regressions", "found": 1, "asked": 0, "cases": ["b"]},
        {"code": "p95_seconds", "found": 9.0, "asked": 5},
        {"code": "slice", "slice": "zh", "found": 0.5, "asked": 0.8},
        {"code": "slice", "slice": "law", "found": None, "asked": 0.5},
    ]
    assert reasons(limits={"pass_rate": 0.5}, found=found, worse=[]) == []
    assert reasons(limits={}, found=figures([]), worse=[]) == [{"code": "no_cases"}]


@pytest.mark.parametrize(
    "table", [(1, 9, 11, 3), (0, 10, 5, 5), (3, 997, 12, 988), (0, 0, 4, 6), (7, 7, 7, 7)]
)
def test_the_exact_test_is_the_one_of_the_books(table: tuple[int, int, int, int]) -> None:
    a, b, c, d = table
    assert fisher(a, b, c, d) == pytest.approx(stats.fisher_exact([[a, b], [c, d]]).pvalue, abs=1e-7)


@pytest.mark.parametrize(("count", "of"), [(0, 10), (3, 10), (50, 100), (100, 100)])
def test_wilsons_interval_is_the_one_of_the_books(count: int, of: int) -> None:
    found = stats.binomtest(count, of).proportion_ci(method="wilson")
    assert wilson(count, of) == (round(found.low, 4), round(found.high, 4))
