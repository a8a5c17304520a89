"""Every weight learns. What comes out is a model of its own, not an adapter."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, Shapes


def wrap(model: Any, plan: Plan) -> Any:
    whole = model.float()
    whole.requires_grad_(True)
    if plan.gradient_checkpointing:
        whole.gradient_checkpointing_enable()
    return whole


def numbers(shapes: Shapes, plan: Plan) -> int:
    return sum(int(shape[0]) * int(shape[1]) for shape in shapes.values())


RECIPE = Recipe(
    name="full", title=_("All weights"), wrap=wrap, numbers=numbers, learning_rate=2e-5, result="weights"
)
