"""Several rewards are added by their weights; one that must be kept costs more as long as it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered, Worth

RIGHT, WRONG = Answered([], "five years", "five years"), Answered([], "two", "five years")


def nobody(_reward: Mapping[str, Any], _answers: Sequence[Answered]) -> Sequence[float]:
    raise AssertionError("nobody is asked")


def test_rewards_are_added_by_their_weights() -> None:
    worth = Worth(
        [{"name": "exact", "weight": 2}, {"name": "pattern", "pattern": "years", "weight": 0.5}], nobody
    )
    assert worth.of([RIGHT, WRONG], learn=True) == ([2.5, 0.0], {"exact": 0.5, "pattern": 0.5})
    assert worth.prices == {}


def test_the_price_of_a_constraint_rises_while_it_is_broken_and_falls_while_it_is_kept() -> None:
    worth = Worth([{"name": "exact"}, {"name": "pattern", "pattern": "years", "at_least": 0.75}], nobody)
    # broken: half of the answers keep it; the step is a tenth of what is missing
    assert worth.of([RIGHT, WRONG], learn=True)[0] == [2.0, 0.0]
    assert worth.prices == {"1": pytest.approx(1.025)}
    assert worth.of([RIGHT, WRONG], learn=True)[0] == [pytest.approx(2.025), 0.0]
    # kept: the price comes down, and never below nothing
    for _time in range(60):
        worth.of([RIGHT, RIGHT], learn=True)
    assert worth.prices == {"1": 0.0}
    assert worth.of([RIGHT, WRONG], learn=True)[0] == [1.0, 0.0]


def test_measuring_does_not_move_a_price_and_a_resumed_training_goes_on_with_it() -> None:
    given = [{"name": "pattern", "pattern": "years", "at_least": 1.0}]
    worth = Worth(given, nobody, prices={"0": 1.5})
    assert worth.of([WRONG, RIGHT], learn=False) == ([0.0, 1.5], {"pattern": 0.5})
    assert worth.prices == {"0": 1.5}


@pytest.mark.parametrize("wrong", [{"at_least": True}, {"at_least": "much"}, {"weight": None}])
def test_a_bound_or_weight_that_is_no_number_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Problem, match="training_reward"):
        Worth([{"name": "exact", **wrong}], nobody)
