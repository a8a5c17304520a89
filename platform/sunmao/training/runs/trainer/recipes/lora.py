"""LoRA: Hu et al., 2021. Two thin matrices beside each linear layer learn, the base stays as it is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.recipes import Recipe, Shapes, linear_shapes


def wrap(model: Any, plan: Plan, **more: Any) -> Any:
    import peft

    from sunmao.training.runs.trainer import curlora

    config: Any = peft.LoraConfig
    made = peft.get_peft_model(
        model,
        config(
            task_type="CAUSAL_LM",
            r=plan.rank,
            lora_alpha=plan.alpha,
            lora_dropout=plan.dropout,
            target_modules=list(plan.targets) or "all-linear",
            bias="none",
            **more,
        ),
    )
    if plan.init == "cur":
        if more.get("use_dora") or getattr(model, "is_loaded_in_4bit", False):
            raise Problem("training_init", init=plan.init)
        curlora.begin(made, seed=plan.seed)
    return made


def numbers(shapes: Shapes, plan: Plan) -> int:
    return sum(plan.rank * (out + into) for out, into in linear_shapes(shapes, plan))


RECIPE = Recipe(name="lora", title=_("LoRA"), wrap=wrap, numbers=numbers, learning_rate=2e-4)
