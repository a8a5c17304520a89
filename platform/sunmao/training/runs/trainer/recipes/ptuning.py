"""P-tuning: Liu et al., 2021. The embeddings before the question come from a small network that learns."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, Shapes, hidden_and_layers


def wrap(model: Any, plan: Plan) -> Any:
    from peft import PromptEncoderConfig, get_peft_model

    width = int(getattr(model.config, "hidden_size", 128))
    config = PromptEncoderConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=plan.virtual_tokens, encoder_hidden_size=width
    )
    return get_peft_model(model, config)


def numbers(shapes: Shapes, plan: Plan) -> int:
    hidden, _layers = hidden_and_layers(shapes)
    return plan.virtual_tokens * hidden + 3 * hidden * hidden


RECIPE = Recipe(
    name="ptuning", title=_("P-tuning"), wrap=wrap, numbers=numbers, learning_rate=1e-2, result="parts"
)
