"""DoRA: Liu et al., 2024. Direction and length of each weight learn apart."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, Shapes, linear_shapes, lora


def wrap(model: Any, plan: Plan) -> Any:
    return lora.wrap(model, plan, use_dora=True)


def numbers(shapes: Shapes, plan: Plan) -> int:
    return lora.numbers(shapes, plan) + sum(out for out, _into in linear_shapes(shapes, plan))


RECIPE = Recipe(name="dora", title=_("DoRA"), wrap=wrap, numbers=numbers, learning_rate=1e-4)
