"""Low-rank changes of an encoder's weights (Hu et al. 2021, LoRA), as plain arrays. Workers only: torch.

A change is kept as two matrices for each layer, `LAYER.a` (rank × inputs) and `LAYER.b` (outputs × rank);
what is added to the layer's weights is `b @ a`, the scale already in `b`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sunmao.modelhub.heads.errors import HeadFailure

TARGETS = ("query", "key", "value", "dense")
Arrays = Mapping[str, NDArray[np.float32]]


def added(model: Any, arrays: Arrays) -> Any:
    """A copy of the model with the change in its weights. Raises when it was made for another one."""
    import torch

    changed = copy.deepcopy(model)
    layers = dict(changed.named_modules())
    with torch.no_grad():
        for name in sorted(one.removesuffix(".a") for one in arrays if one.endswith(".a")):
            layer = layers.get(name)
            step = torch.from_numpy(arrays[f"{name}.b"] @ arrays[f"{name}.a"])
            if layer is None or layer.weight.shape != step.shape:
                raise HeadFailure(code="head_wrong_encoder")
            layer.weight += step.to(layer.weight.dtype)
    return changed


@contextmanager
def trainable(model: Any, *, rank: int, alpha: float, seed: int) -> Iterator[dict[str, Any]]:
    """The model with a change that can be learnt, and the change's parameters; afterwards it is as before."""
    import torch

    draw = torch.Generator().manual_seed(seed)
    found = [
        (name, layer)
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear)
        and name.rpartition(".")[2] in TARGETS
        and "pooler" not in name  # its output is not read
    ]
    parameters: dict[str, Any] = {}
    hooks = []
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for name, layer in found:
        a = torch.nn.Parameter(torch.randn(rank, layer.in_features, generator=draw) / rank)
        b = torch.nn.Parameter(torch.zeros(layer.out_features, rank))
        parameters |= {f"{name}.a": a, f"{name}.b": b}
        hooks.append(layer.register_forward_hook(_adding(a, b, alpha / rank)))
    try:
        yield parameters
    finally:
        for hook in hooks:
            hook.remove()
        for parameter in model.parameters():
            parameter.requires_grad_(True)


def _adding(a: Any, b: Any, scale: float) -> Any:
    def hook(_layer: Any, given: Any, made: Any) -> Any:
        return made + (given[0] @ a.T) @ b.T * scale

    return hook


def arrays_of(parameters: Mapping[str, Any], *, rank: int, alpha: float) -> dict[str, NDArray[np.float32]]:
    found = {name: value.detach().float().numpy().copy() for name, value in parameters.items()}
    return {name: value * (alpha / rank) if name.endswith(".b") else value for name, value in found.items()}


__all__ = ["Arrays", "added", "arrays_of", "trainable"]
