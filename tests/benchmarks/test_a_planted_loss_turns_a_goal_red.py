from __future__ import annotations

import itertools

import pytest

from apps.config.bench.corpus.truth import Truth
from apps.config.bench.race import Contender
from apps.config.bench.report import Report
from apps.config.bench.retrieve import score
from apps.config.bench.verdict import at_least, at_most, compare, judge
from tests.benchmarks.planted import Time


def test_a_contender_as_quick_as_its_goal_asks_for_passes() -> None:
    planted = Time()
    timings = planted.race(planted.contender("ours", 0.001), planted.contender("rival", 0.02))
    ratio = compare("speed", timings["ours"], timings["rival"], goal=at_most(0.1))
    assert (ratio.verdict, ratio.passed, ratio.goal) == ("pass", True, "<= 0.1")
    assert ratio.median == pytest.approx(0.05)


def test_a_planted_sleep_fails() -> None:
    planted = Time()
    timings = planted.race(planted.contender("ours", 0.001 + 0.01), planted.contender("rival", 0.02))
    ratio = compare("speed", timings["ours"], timings["rival"], goal=at_most(0.1))
    assert (ratio.verdict, ratio.passed) == ("fail", False)
    assert Report(ratios=[ratio]).failed


def test_planted_cpu_time_fails_although_the_wall_clock_saw_nothing() -> None:
    planted = Time()
    spent = itertools.count(step=0.005)
    greedy = Contender("greedy", planted.contender("", 0.001).ask, server_cpu=lambda: next(spent))
    timings = planted.race(greedy, planted.contender("frugal", 0.001))
    ratio = compare("cpu", timings["frugal"], timings["greedy"], goal=at_least(0.5), metric="cpu")
    assert ratio.verdict == "fail"
    assert compare("wall", timings["frugal"], timings["greedy"], goal=at_least(0.5)).verdict == "pass"


def test_a_planted_loss_of_recall_fails() -> None:
    verdicts = _quality(answer=range(9))
    assert verdicts["base.on.recall"] == "fail"
    assert verdicts["base.on.rows"] == "fail"


def test_wrong_rows_fail_although_their_number_is_right() -> None:
    verdicts = _quality(answer=range(1, 11))
    assert verdicts == {
        "base.on.recall": "fail",
        "base.off.recall": "fail",
        "base.on.rows": "pass",
        "base.off.rows": "pass",
    }


def test_all_rows_pass() -> None:
    assert set(_quality(answer=range(10)).values()) == {"pass"}


def test_one_forbidden_row_fails() -> None:
    assert (
        judge("access", num="forbidden rows", den="questions", values=[1 / 40], goal=at_most(0)).verdict
        == "fail"
    )
    assert (
        judge("access", num="forbidden rows", den="questions", values=[0.0], goal=at_most(0)).verdict
        == "pass"
    )


def _quality(answer: range) -> dict[str, str]:
    planted = Time()
    names = ("ours.on", "ours.off")
    timings = planted.race(*(planted.contender(name, 0.001, answer=list(answer)) for name in names))
    truths = [Truth(frozenset(range(10)), 10)] * 5
    return {
        ratio.id: ratio.verdict for ratio in score.quality("base", timings, {"on": truths, "off": truths})
    }
