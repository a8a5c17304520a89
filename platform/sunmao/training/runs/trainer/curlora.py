"""A beginning for LoRA after CURLoRA (Fawi, 2024), against forgetting.

There a change of W is C·U·R: C and R are columns and rows of W itself, those of little weight are drawn more
often, and only U learns. Here the rows stand in LoRA's first matrix, which is then frozen, and its second,
from zero, takes the place of C·U. The change stays in the span of what the base used least, and the result
is an ordinary LoRA that every engine serves.
"""

from __future__ import annotations

from typing import Any


def begin(model: Any, *, seed: int) -> None:
    import torch

    chance = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if not hasattr(module, "lora_A") or "default" not in module.lora_A:
            continue
        weight = module.get_base_layer().weight.detach().float().cpu()
        first = module.lora_A["default"].weight
        norms = weight.pow(2).sum(1)
        share = norms.sum() / norms.clamp(min=1e-12)
        enough = first.shape[0] <= weight.shape[0]
        drawn = torch.multinomial(share, first.shape[0], replacement=not enough, generator=chance)
        rows = weight[drawn]
        rows = rows / rows.norm(dim=1, keepdim=True).clamp(min=1e-12)
        with torch.no_grad():
            first.copy_(rows.to(first.dtype))
        first.requires_grad_(False)
        module.lora_B["default"].weight.data.zero_()


__all__ = ["begin"]
