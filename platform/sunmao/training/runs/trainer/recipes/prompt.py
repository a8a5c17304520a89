"""Prompt tuning: Lester et al., 2021. A few embeddings before the question learn."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, Shapes, hidden_and_layers


def wrap(model: Any, plan: Plan) -> Any:
    from peft import PromptTuningConfig, get_peft_model

    config = PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=plan.virtual_tokens)
    return get_peft_model(model, config)


def numbers(shapes: Shapes, plan: Plan) -> int:
    return plan.virtual_tokens * hidden_and_layers(shapes)[0]


RECIPE = Recipe(
    name="prompt", title=_("Prompt tuning"), wrap=wrap, numbers=numbers, learning_rate=3e-2, result="parts"
)
