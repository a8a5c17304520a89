from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sunmao.training.runs.defaults import Facts, chosen, estimate
from sunmao.training.runs.presenting import REASONS

GIB = 2**30


def shapes(hidden: int, inner: int, layers: int, words: int) -> dict[str, list[int]]:
    found = {"model.embed_tokens": [words, hidden], "lm_head": [words, hidden]}
    for layer in range(layers):
        place = f"model.layers.{layer}"
        for name in ("q", "k", "v", "o"):
            found[f"{place}.self_attn.{name}_proj"] = [hidden, hidden]
        for name in ("gate", "up"):
            found[f"{place}.mlp.{name}_proj"] = [inner, hidden]
        found[f"{place}.mlp.down_proj"] = [hidden, inner]
    return found


SEVEN = Facts(
    parameters=7_000_000_000, shapes=shapes(4_096, 11_008, 32, 32_000), context=4_096, examples=5_000,
    characters=800, memory=80 * GIB, on_gpu=True,
)  # fmt: skip


def recipe_and_reason(**changes: Any) -> tuple[str, str]:
    plan, reasons = chosen(replace(SEVEN, **changes), objective="sft", given={})
    return plan.recipe, next(one.code for one in reasons if one.setting == "recipe")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # the table, not the chart: seven thousand million parameters are few, but so are the examples
        ({}, ("lora", "limited_data")),
        ({"examples": 200_000, "memory": 200 * GIB}, ("full", "small_model_much_data")),
        ({"examples": 200_000}, ("lora", "limited_data")),
        ({"examples": 200}, ("lora", "little_data")),
        ({"parameters": 13_000_000_000}, ("lora", "large_model")),
        ({"memory": 14 * GIB}, ("qlora", "base_in_few_bits")),
        ({"quantised": True}, ("qlora", "served_in_few_bits")),
    ],
)
def test_the_method_follows_model_data_and_memory(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert recipe_and_reason(**changes) == expected


def test_what_somebody_sets_is_kept_and_needs_no_reason() -> None:
    plan, reasons = chosen(SEVEN, objective="dpo", given={"rank": 64, "learning_rate": 1e-6})

    assert (plan.rank, plan.alpha, plan.learning_rate) == (64, 128.0, 1e-6)
    assert {"rank", "learning_rate"} & {one.setting for one in reasons} == set()


def test_every_reason_has_words() -> None:
    for changes in ({}, {"memory": 14 * GIB}, {"examples": 10, "memory": 5 * GIB}):
        _plan, reasons = chosen(replace(SEVEN, **changes), objective="sft", given={})
        assert {one.code for one in reasons} <= set(REASONS)


def test_memory_that_is_short_makes_batches_smaller_before_it_refuses() -> None:
    roomy, _reasons = chosen(SEVEN, objective="sft", given={"recipe": "lora"})
    tight, _reasons = chosen(replace(SEVEN, memory=18 * GIB), objective="sft", given={"recipe": "lora"})
    none = replace(SEVEN, memory=2 * GIB)
    refused, _reasons = chosen(none, objective="sft", given={})

    assert roomy.batch * roomy.accumulate == tight.batch * tight.accumulate == 16
    assert tight.batch < roomy.batch
    assert not estimate(refused, none).fits


def test_every_weight_costs_sixteen_bytes() -> None:
    plan, _reasons = chosen(replace(SEVEN, memory=0), objective="sft", given={"recipe": "full"})
    found = estimate(plan, SEVEN)

    matrices = sum(out * into for out, into in SEVEN.shapes.values())
    assert (found.base, found.learning) == (0, 16 * matrices)


@pytest.mark.parametrize("recipe", ["prefix", "prompt", "ptuning", "bottleneck"])
def test_what_no_engine_serves_is_said_first(recipe: str) -> None:
    _plan, reasons = chosen(SEVEN, objective="sft", given={"recipe": recipe})
    assert reasons[0].code == "training_not_servable"
    assert {one.code for one in reasons} <= set(REASONS)


def test_of_what_answers_nothing_of_the_kind_is_said() -> None:
    _plan, reasons = chosen(SEVEN, objective="sft", given={"recipe": "dora"})
    assert "training_not_servable" not in {one.code for one in reasons}
