"""QLoRA: Dettmers et al., 2023. The base is read in four bits (nf4, twice quantised), LoRA learns beside it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, lora


def wrap(model: Any, plan: Plan) -> Any:
    from peft import prepare_model_for_kbit_training

    ready = prepare_model_for_kbit_training(
        model, use_gradient_checkpointing=plan.gradient_checkpointing
    )
    return lora.wrap(ready, plan)


RECIPE = Recipe(
    name="qlora", title=_("QLoRA, base in 4 bits"), wrap=wrap, numbers=lora.numbers, learning_rate=2e-4,
    quantised=True,
)  # fmt: skip
