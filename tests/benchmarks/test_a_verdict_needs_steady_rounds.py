from __future__ import annotations

from apps.config.bench.report import Report
from apps.config.bench.verdict import at_least, at_most, judge


def test_rounds_that_disagree_give_no_verdict() -> None:
    ratio = judge("speed", num="ours", den="rival", values=[0.02, 0.03, 0.04], goal=at_most(0.1))
    assert (ratio.verdict, ratio.passed) == ("unsteady", None)
    assert (ratio.median, ratio.lo, ratio.hi) == (0.03, 0.02, 0.04)


def test_a_spread_of_a_quarter_is_still_a_verdict() -> None:
    assert judge("speed", num="a", den="b", values=[1.0, 0.875, 1.125], goal=at_most(2)).verdict == "pass"
    assert judge("speed", num="a", den="b", values=[1.0, 0.87, 1.13], goal=at_most(2)).verdict == "unsteady"


def test_an_unsteady_ratio_fails_nothing() -> None:
    """A busy machine is not a regression, and not a success either."""
    ratio = judge("speed", num="ours", den="rival", values=[1.0, 5.0, 9.0], goal=at_most(0.1))
    assert not Report(ratios=[ratio]).failed


def test_a_ratio_without_a_goal_is_only_reported() -> None:
    ratio = judge("speed", num="ours", den="rival", values=[9.0, 9.1, 9.2])
    assert (ratio.verdict, ratio.passed, ratio.goal) == ("reported", None, None)


def test_a_goal_may_be_a_floor() -> None:
    assert judge("overhead", num="bare", den="door", values=[0.6, 0.6, 0.6], goal=at_least(0.5)).passed
    assert not judge("overhead", num="bare", den="door", values=[0.4, 0.4, 0.4], goal=at_least(0.5)).passed
