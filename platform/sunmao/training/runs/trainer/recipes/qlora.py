"""QLoRA: Dettmers et al., 2023. The base is read in four bits (nf4, twice quantised), LoRA beside it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.plan import Plan
from sunmao.training.runs.trainer.recipes import Recipe, lora


def wrap(model: Any, plan: Plan) -> Any:
    import peft

    # On a processor with bfloat16 the library packs weights for good the first time that they answer without
    # learning, and nothing is learnt through packed ones: it would go unnoticed but for a warning.
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    prepare: Any = peft.prepare_model_for_kbit_training
    ready = prepare(model, use_gradient_checkpointing=plan.gradient_checkpointing)
    return lora.wrap(ready, plan)


RECIPE = Recipe(
    name="qlora", title=_("QLoRA, base in 4 bits"), wrap=wrap, numbers=lora.numbers, learning_rate=2e-4,
    quantised=True,
)  # fmt: skip
