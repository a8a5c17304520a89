"""Ways to change a model. Each file of this package declares one as `RECIPE`: a new file is a new recipe."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sunmao.core.errors import Message
from sunmao.training.runs.trainer.plan import Plan

Shapes = Mapping[str, Sequence[int]]
"""Of a base's matrices, by their names."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """`wrap` gives a loaded base the parts that learn; `numbers` says beforehand how many they hold.

    `result` is what comes out: an `adapter` that the hub serves, whole `weights`, or `parts` that only the
    training knows how to read.
    """

    name: str
    title: Message
    wrap: Callable[[Any, Plan], Any]
    numbers: Callable[[Shapes, Plan], int]
    learning_rate: float
    result: str = "adapter"
    quantised: bool = False


@cache
def recipes() -> Mapping[str, Recipe]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        recipe = getattr(importlib.import_module(f"{__name__}.{module.name}"), "RECIPE", None)
        if isinstance(recipe, Recipe):
            found[recipe.name] = recipe
    return found


def linear_shapes(shapes: Shapes, plan: Plan) -> list[tuple[int, int]]:
    """The matrices that an adapter goes beside: those inside layers, or those that the plan names."""
    inside = {name: shape for name, shape in shapes.items() if ".layers." in name or ".h." in name}
    wanted = [
        shape for name, shape in inside.items()
        if not plan.targets or name.rpartition(".")[2] in plan.targets
    ]  # fmt: skip
    return [(int(shape[0]), int(shape[1])) for shape in wanted]


def hidden_and_layers(shapes: Shapes) -> tuple[int, int]:
    """The width of a model and how many layers it has, told by its matrices."""
    layers = {
        part
        for name in shapes
        for before, part in zip(name.split("."), name.split(".")[1:], strict=False)
        if before in ("layers", "h") and part.isdigit()
    }
    widths = [int(shape[1]) for name, shape in shapes.items() if "embed" in name or "wte" in name]
    return (widths[0] if widths else 0), len(layers)


__all__ = ["Recipe", "Shapes", "hidden_and_layers", "linear_shapes", "recipes"]
