"""Each row of a batch with its own adapter: stacked matrices, chosen by row.

Every module that an adapter changes gets a hook. It holds the matrices of all loaded adapters in one tensor,
by place; a batch names a place for each of its rows (place 0 changes nothing), and two batched products add
each row's own change. How many different adapters there are in a batch changes neither the number of
operations nor their size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Pair = tuple[Any, Any, Any]
"""A (rank, in), B (out, rank) with its scale, and the magnitude of DoRA or None."""


@dataclass
class Weights:
    """One adapter in host memory: module → its matrices."""

    name: str
    pairs: Mapping[str, Pair]
    rank: int
    size: int
    pinned: bool = False


def read(
    name: str, *, config: Mapping[str, Any], weights: bytes, dtype: Any, pinned: bool = False
) -> Weights:
    """From the bytes of a safetensors file that was checked when it came; nothing of it is on the disk."""
    from safetensors.torch import load

    rank = int(config["r"])
    scale = float(config["lora_alpha"]) / (math.sqrt(rank) if config.get("use_rslora") else rank)
    parts: dict[str, dict[str, Any]] = {}
    for key, tensor in load(weights).items():
        module, _, part = key.removesuffix(".weight").removeprefix("base_model.model.").rpartition(".")
        parts.setdefault(module, {})[part] = tensor.to(dtype)
    pairs = {
        module: (found["lora_A"], found["lora_B"] * scale, found.get("lora_magnitude_vector"))
        for module, found in parts.items()
    }
    size = sum(one.numel() * one.element_size() for pair in pairs.values() for one in pair if one is not None)
    return Weights(name, pairs, rank, size, pinned)


@dataclass
class Rows:
    """Which place each row of the pass that runs now has. `one` is set when all have the same."""

    places: Any = None
    one: int = 0
    count: int = 0


class Site:
    """The hook of one module."""

    def __init__(self, module: Any, rows: Rows, places: int) -> None:
        self._module, self._rows, self._places = module, rows, places
        self._down: Any = None  # places × in × rank
        self._up: Any = None  # places × rank × out
        self._ratio: Any = None  # places × out, for DoRA
        self._hook = module.register_forward_hook(self)

    def remove(self) -> None:
        self._hook.remove()

    def put(self, place: int, pair: Pair | None, *, rank: int, like: Any) -> None:
        if pair is None:
            if self._down is not None:
                self._down[place].zero_()
                self._up[place].zero_()
                if self._ratio is not None:
                    self._ratio[place].fill_(1)
            return
        first, second, magnitude = pair
        self._make_room(max(rank, first.shape[0]), first.shape[1], second.shape[0], like)
        self._down[place].zero_()
        self._up[place].zero_()
        self._down[place, :, : first.shape[0]] = first.T.to(like.device)
        self._up[place, : second.shape[1]] = second.T.to(like.device)
        if magnitude is not None:
            self._put_ratio(place, first, second, magnitude, like)
        elif self._ratio is not None:
            self._ratio[place].fill_(1)

    def _make_room(self, rank: int, into: int, out: int, like: Any) -> None:
        import torch

        have = 0 if self._down is None else self._down.shape[2]
        if rank <= have:
            return
        down = torch.zeros(self._places, into, rank, dtype=like.dtype, device=like.device)
        up = torch.zeros(self._places, rank, out, dtype=like.dtype, device=like.device)
        if have:
            down[:, :, :have], up[:, :have] = self._down, self._up
        self._down, self._up = down, up

    def _put_ratio(self, place: int, first: Any, second: Any, magnitude: Any, like: Any) -> None:
        import torch

        weight = _plain_weight(self._module).to(torch.float32)
        changed = weight + second.to(weight) @ first.to(weight)
        if self._ratio is None:
            self._ratio = torch.ones(self._places, changed.shape[0], dtype=like.dtype, device=like.device)
        norm = torch.linalg.norm(changed, dim=1)
        self._ratio[place] = (magnitude.flatten().to(norm) / norm).to(like.dtype)

    def __call__(self, module: Any, arguments: tuple[Any, ...], output: Any) -> Any:
        rows = self._rows
        if rows.places is None or self._down is None:
            return output
        given = arguments[0]
        x = given.reshape(rows.count, -1, given.shape[-1]).to(self._down.dtype)
        change = (x @ self._of(self._down)) @ self._of(self._up)
        change = change.reshape(output.shape).to(output.dtype)
        if self._ratio is None:
            return output + change
        ratio = self._of(self._ratio)[:, None].to(output.dtype)
        ratio = ratio.reshape(rows.count, *(1,) * (output.dim() - 2), -1)
        bias = getattr(module, "bias", None)
        plain = output if bias is None else output - bias
        turned = (plain + change) * ratio
        return turned if bias is None else turned + bias

    def _of(self, stacked: Any) -> Any:
        """By row. Where all rows have one adapter it is not copied for each of them."""
        rows = self._rows
        if rows.one:
            return stacked[rows.one].unsqueeze(0).expand(rows.count, *stacked.shape[1:])
        return stacked.index_select(0, rows.places)


def _plain_weight(module: Any) -> Any:
    """(out, in) of a linear layer, quantised or not."""
    weight = module.weight
    state = getattr(weight, "quant_state", None)
    if state is not None:
        import bitsandbytes.functional as packed

        return packed.dequantize_4bit(weight.data, state)
    if getattr(weight, "SCB", None) is not None:
        return weight.data.float() * weight.SCB.float()[:, None] / 127
    turned = type(module).__name__ == "Conv1D"
    return weight.data.T if turned else weight.data


@dataclass
class Sites:
    """All hooks of a model, made when an adapter first needs them."""

    model: Any
    places: int
    like: Any
    rows: Rows = field(default_factory=Rows)
    _sites: dict[str, Site] = field(default_factory=dict)
    _modules: dict[str, Any] = field(default_factory=dict)

    def put(self, place: int, weights: Weights) -> None:
        for name in weights.pairs:
            if name not in self._sites:
                self._sites[name] = Site(self._module(name), self.rows, self.places)
        for name, site in self._sites.items():
            site.put(place, weights.pairs.get(name), rank=weights.rank, like=self.like)

    def _module(self, name: str) -> Any:
        """By the name that the adapter has for it, with or without the first part of it."""
        if not self._modules:
            self._modules = dict(self.model.named_modules())
        short = name.partition(".")[2]
        found = self._modules.get(name) or self._modules.get(short)
        if found is None:
            raise KeyError(name)
        return found

    def remove(self) -> None:
        """The model is its own again."""
        for site in self._sites.values():
            site.remove()
        self._sites.clear()

    def choose(self, places: Sequence[int]) -> None:
        """For the next pass: a place for each row."""
        import torch

        if not any(places):
            self.rows.places = None
            return
        same = len(set(places)) == 1
        self.rows.one, self.rows.count = (places[0] if same else 0), len(places)
        self.rows.places = torch.tensor(places, device=self.like.device)


__all__ = ["Sites", "Weights", "read"]
