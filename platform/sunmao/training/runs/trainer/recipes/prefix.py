"""Prefix tuning: Li and Liang, 2021. Every layer gets keys and values that no word stands for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, Shapes, hidden_and_layers


def wrap(model: Any, plan: Plan) -> Any:
    from peft import PrefixTuningConfig, get_peft_model

    config = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=plan.virtual_tokens)
    return get_peft_model(model, config)


def numbers(shapes: Shapes, plan: Plan) -> int:
    hidden, layers = hidden_and_layers(shapes)
    return plan.virtual_tokens * layers * 2 * hidden


RECIPE = Recipe(
    name="prefix", title=_("Prefix tuning"), wrap=wrap, numbers=numbers, learning_rate=1e-2, result="parts"
)
