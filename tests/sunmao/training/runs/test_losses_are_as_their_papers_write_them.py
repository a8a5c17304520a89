"""Every expected value is counted by hand from the paper's equation, with logarithms of simple numbers."""

from __future__ import annotations

import math

import pytest
import torch

from sunmao.training.runs.trainer import losses

T = torch.tensor


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_a_token_is_judged_after_what_came_before_it() -> None:
    logits = torch.log(T([[[0.5, 0.25, 0.25], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]]))
    labels = T([[0, -100, 2]])

    found = losses.token_logps(logits, labels)

    assert found[0].tolist() == pytest.approx([0.0, math.log(0.3)], abs=1e-6)
    assert losses.counted(labels).tolist() == [1]
    assert float(losses.cross_entropy(found, labels)) == pytest.approx(-math.log(0.3), abs=1e-6)


def test_dpo_compares_with_the_reference() -> None:
    loss = losses.dpo(T([-1.0]), T([-3.0]), T([-1.5]), T([-2.5]), beta=0.5)
    # margin 0.5 · ((-1 + 1.5) - (-3 + 2.5)) = 0.5
    assert float(loss) == pytest.approx(-math.log(sigmoid(0.5)), abs=1e-6)


def test_dpo_with_wrong_labels_weighs_both_sides() -> None:
    loss = losses.dpo(T([-1.0]), T([-3.0]), T([-1.5]), T([-2.5]), beta=0.5, smoothing=0.1)
    expected = -(0.9 * math.log(sigmoid(0.5)) + 0.1 * math.log(sigmoid(-0.5)))
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_orpo_adds_the_ratio_of_odds() -> None:
    good, bad = 0.5, 0.2
    loss = losses.orpo(T([math.log(good)]), T([math.log(bad)]), T(2.0), beta=0.1)
    odds = math.log((good / (1 - good)) / (bad / (1 - bad)))
    assert float(losses.log_odds(T([math.log(good)]), T([math.log(bad)]))) == pytest.approx(odds, abs=1e-5)
    assert float(loss) == pytest.approx(2.0 - 0.1 * math.log(sigmoid(odds)), abs=1e-5)


def test_kto_sets_a_lost_good_above_a_lost_bad() -> None:
    ratio, good = T([0.4, 0.4]), T([True, False])
    loss = losses.kto(ratio, good, T(0.1), beta=1.0, desirable=1.0, undesirable=2.0)
    expected = ((1 - sigmoid(0.3)) + 2 * (1 - sigmoid(-0.3))) / 2
    assert float(loss) == pytest.approx(expected, abs=1e-6)


def test_ktos_point_is_never_below_zero_and_learns_nothing() -> None:
    point = T(-5.0, requires_grad=True)
    loss = losses.kto(T([0.4], requires_grad=True), T([True]), point, beta=1.0)
    loss.backward()
    assert float(loss) == pytest.approx(1 - sigmoid(0.4), abs=1e-6)
    assert point.grad is None


def test_simpo_asks_for_a_margin() -> None:
    loss = losses.simpo(T([-0.5]), T([-1.5]), beta=2.0, margin=1.0)
    assert float(loss) == pytest.approx(-math.log(sigmoid(1.0)), abs=1e-6)


def test_cpo_keeps_the_answers_own_loss() -> None:
    loss = losses.cpo(T([-2.0]), T([-4.0]), T(1.5), beta=0.1, weight=0.5)
    assert float(loss) == pytest.approx(-math.log(sigmoid(0.2)) + 0.75, abs=1e-6)


def test_a_reward_model_orders_pairs() -> None:
    assert float(losses.reward_pairs(T([2.0]), T([0.5]))) == pytest.approx(-math.log(sigmoid(1.5)), abs=1e-6)


def test_a_group_is_judged_by_itself() -> None:
    found = losses.group_advantages(T([[1.0, 0.0], [3.0, 3.0]]))
    assert found[0].tolist() == pytest.approx([0.5 / 0.5001, -0.5 / 0.5001], abs=1e-6)
    assert found[1].tolist() == [0.0, 0.0]


def test_grpo_clips_the_ratio_and_pays_for_distance() -> None:
    logps, old = T([[math.log(0.6), 0.0]]), T([[math.log(0.4), 0.0]])
    reference, mask = T([[math.log(0.3), 0.0]]), T([[1.0, 0.0]])
    loss = losses.grpo(logps, old, reference, T([1.0]), mask, clip=0.2, beta=0.1)
    # the ratio 1.5 is clipped to 1.2; k3 of 0.3/0.6 is 0.5 - log 0.5 - 1
    apart = 0.5 - math.log(0.5) - 1
    assert float(loss) == pytest.approx(-(1.2 - 0.1 * apart), abs=1e-6)


def test_grpo_does_not_clip_what_makes_a_bad_answer_rarer() -> None:
    logps, old = T([[math.log(0.6)]]), T([[math.log(0.4)]])
    loss = losses.grpo(logps, old, logps, T([-1.0]), T([[1.0]]), clip=0.2, beta=0.0)
    assert float(loss) == pytest.approx(1.5, abs=1e-6)
