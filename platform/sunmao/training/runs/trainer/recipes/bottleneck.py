"""Bottleneck adapters: Houlsby et al., 2019, behind each layer's feed-forward part (Pfeiffer et al., 2021).

They begin as nothing: the way up starts at zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.recipes import Recipe, Shapes, hidden_and_layers


def wrap(model: Any, plan: Plan) -> Any:
    import torch
    from torch import nn

    class Behind(nn.Module):
        """A layer's feed-forward part with an adapter behind it."""

        def __init__(self, inner: Any, width: int) -> None:
            super().__init__()
            self.inner = inner
            place = next(inner.parameters())
            self.down = nn.Linear(width, plan.bottleneck, device=place.device, dtype=torch.float32)
            self.up = nn.Linear(plan.bottleneck, width, device=place.device, dtype=torch.float32)
            nn.init.zeros_(self.up.weight)
            nn.init.zeros_(self.up.bias)
            self.is_on = True

        def forward(self, given: Any) -> Any:
            said = self.inner(given)
            if not self.is_on:
                return said
            more = self.up(nn.functional.gelu(self.down(said.float())))
            return said + more.to(said.dtype)

    model.requires_grad_(False)
    layers = [one for one in model.modules() if isinstance(getattr(one, "mlp", None), nn.Module)]
    if not layers:
        raise Problem("training_recipe", recipe="bottleneck", reason="the model has no feed-forward parts")
    behind = []
    for layer in layers:
        layer.mlp = Behind(layer.mlp, int(model.config.hidden_size))
        behind.append(layer.mlp)

    @contextmanager
    def disable_adapter() -> Iterator[None]:
        for one in behind:
            one.is_on = False
        try:
            yield
        finally:
            for one in behind:
                one.is_on = True

    model.disable_adapter = disable_adapter
    return model


def numbers(shapes: Shapes, plan: Plan) -> int:
    hidden, layers = hidden_and_layers(shapes)
    return layers * (2 * hidden * plan.bottleneck + hidden + plan.bottleneck)


RECIPE = Recipe(
    name="bottleneck", title=_("Bottleneck adapters"), wrap=wrap, numbers=numbers, learning_rate=1e-3,
    result="parts",
)  # fmt: skip
