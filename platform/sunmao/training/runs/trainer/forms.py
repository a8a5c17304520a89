"""Forms of a trained model for other places: merged, in fewer bits, with fewer heads and units. Each is
measured like every other: size, perplexity, whether it says the same, how quickly.

Pruning is structured (Michel et al., 2019, for heads; Li et al., 2017, for units): what is left out is gone
from the matrices, so that the model is smaller and quicker without any special kernel.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from sunmao.inference.engines.local import loading
from sunmao.training.runs.trainer.encoding import Encoder
from sunmao.training.runs.trainer.problems import Problem

TOKENS = 24


def merged(source: str, config: Mapping[str, Any], weights: bytes, target: Path) -> None:
    """The adapter added into its base, as a model's folder."""
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
    from safetensors.torch import load

    loaded = loading.load(source)
    model: Any = get_peft_model(loaded.model, LoraConfig(**config)).eval()
    set_peft_model_state_dict(model, load(weights))
    whole = model.merge_and_unload()
    whole.save_pretrained(target, safe_serialization=True)
    loaded.tokenizer.save_pretrained(target)


def quantised(source: Path, kind: str, target: Path) -> None:
    """Eight or four bits, written as such."""
    loaded = loading.load(str(source), quantisation=kind)
    loaded.model.save_pretrained(target, safe_serialization=True)
    loaded.tokenizer.save_pretrained(target)


def pruned(source: Path, target: Path, *, heads: float, units: float) -> dict[str, int]:
    """Without the given shares of attention heads and of units in the feed-forward parts, those of the least
    weight. With grouped queries a whole group goes, because its keys are shared."""
    loaded = loading.load(str(source))
    model, config = loaded.model, loaded.model.config
    layers = _layers(model)
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    groups = config.num_key_value_heads
    per_group = config.num_attention_heads // groups
    keep_groups = max(1, groups - round(groups * heads))
    keep_units = max(1, config.intermediate_size - round(config.intermediate_size * units))
    with torch.no_grad():
        for layer in layers:
            _prune_heads(layer.self_attn, groups, per_group, head, keep_groups)
            _prune_units(layer.mlp, keep_units)
    config.num_key_value_heads = keep_groups
    config.num_attention_heads = keep_groups * per_group
    config.intermediate_size = keep_units
    config.head_dim = head
    model.save_pretrained(target, safe_serialization=True)
    loaded.tokenizer.save_pretrained(target)
    return {"heads": keep_groups * per_group, "key_heads": keep_groups, "units": keep_units}


def _layers(model: Any) -> Sequence[Any]:
    inner = getattr(model, "model", None)
    layers = getattr(inner, "layers", None)
    needed = ("q_proj", "k_proj", "v_proj", "o_proj")
    if layers is None or not all(
        hasattr(layer, "mlp") and hasattr(layer.mlp, "gate_proj")
        and all(hasattr(layer.self_attn, name) for name in needed) for layer in layers
    ):  # fmt: skip
        raise Problem("training_recipe", reason="only models of Llama's shape are pruned")
    return list(layers)


def _prune_heads(attention: Any, groups: int, per_group: int, head: int, keep: int) -> None:
    wide = per_group * head
    weight = attention.q_proj.weight.view(groups, -1).norm(dim=1)
    weight = weight * attention.o_proj.weight.view(-1, groups, wide).transpose(0, 1).reshape(groups, -1).norm(
        dim=1
    )
    kept = weight.topk(keep).indices.sort().values
    queries = torch.cat([torch.arange(int(one) * wide, (int(one) + 1) * wide) for one in kept])
    keys = torch.cat([torch.arange(int(one) * head, (int(one) + 1) * head) for one in kept])
    _keep_rows(attention.q_proj, queries)
    _keep_rows(attention.k_proj, keys)
    _keep_rows(attention.v_proj, keys)
    _keep_columns(attention.o_proj, queries)


def _prune_units(mlp: Any, keep: int) -> None:
    weight = (
        mlp.gate_proj.weight.norm(dim=1) * mlp.up_proj.weight.norm(dim=1) * mlp.down_proj.weight.norm(dim=0)
    )
    kept = weight.topk(keep).indices.sort().values
    _keep_rows(mlp.gate_proj, kept)
    _keep_rows(mlp.up_proj, kept)
    _keep_columns(mlp.down_proj, kept)


def _keep_rows(linear: Any, kept: Any) -> None:
    kept = kept.to(linear.weight.device)
    linear.weight = torch.nn.Parameter(linear.weight[kept].clone())
    if linear.bias is not None:
        linear.bias = torch.nn.Parameter(linear.bias[kept].clone())
    linear.out_features = len(kept)


def _keep_columns(linear: Any, kept: Any) -> None:
    linear.weight = torch.nn.Parameter(linear.weight[:, kept.to(linear.weight.device)].clone())
    linear.in_features = len(kept)


def measured(
    folder: Path,
    examples: Sequence[Mapping[str, Any]],
    *,
    prompts: Sequence[str],
    first: Sequence[Sequence[int]] = (),
) -> tuple[dict[str, Any], list[list[int]]]:
    """(figures, what it says to the prompts). `first` is what the merged form said."""
    loaded = loading.load(str(folder))
    encoder = Encoder(loaded.tokenizer, longest=loaded.context or 2**20, too_long="skip")
    said, spent = _said(loaded, prompts)
    figures: dict[str, Any] = {
        "bytes": sum(one.stat().st_size for one in folder.glob("*.safetensors")),
        "parameters": sum(one.numel() for one in loaded.model.parameters()),
        "perplexity": _perplexity(loaded, encoder, examples),
        "tokens_per_second": round(sum(len(one) for one in said) / spent, 2) if spent else 0.0,
    }
    if first:
        figures["agreement"] = round(_agreement(first, said), 6)
    del loaded
    gc.collect()
    return figures, said


def _said(loaded: Any, prompts: Sequence[str]) -> tuple[list[list[int]], float]:
    said, began = [], time.monotonic()
    for prompt in prompts:
        ids = _asked(loaded.tokenizer, prompt)
        given = {name: value.to(loaded.device) for name, value in ids.items() if name in loaded.takes}
        with torch.inference_mode():
            out = loaded.model.generate(
                **given, max_new_tokens=TOKENS, do_sample=False, temperature=None, top_p=None, top_k=None,
                pad_token_id=loaded.tokenizer.pad_token_id or 0, eos_token_id=sorted(loaded.ends) or None,
            )  # fmt: skip
        said.append(out[0][given["input_ids"].shape[1] :].tolist())
    return said, time.monotonic() - began


def _asked(tokenizer: Any, prompt: str) -> Any:
    if not getattr(tokenizer, "chat_template", None):
        return tokenizer(prompt, return_tensors="pt")
    turns = [{"role": "user", "content": prompt}]
    return tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )


def _agreement(first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]) -> float:
    """The share of tokens before the first other one, as the parity check counts it."""
    same = total = 0
    for one, other in zip(first, second, strict=True):
        total += len(one)
        same += next((at for at, token in enumerate(one) if at >= len(other) or other[at] != token), len(one))
    return same / total if total else 1.0


def _perplexity(loaded: Any, encoder: Encoder, examples: Sequence[Mapping[str, Any]]) -> float:
    from sunmao.training.runs.trainer import losses

    total = count = 0.0
    for one in _chats(encoder, examples):
        ids = torch.tensor([one.ids], device=loaded.device)
        labels = torch.tensor([one.labels], device=loaded.device)
        with torch.inference_mode():
            logits = loaded.model(input_ids=ids).logits
        total -= float(losses.token_logps(logits, labels).sum())
        count += float(losses.counted(labels).sum())
    return round(math.exp(min(total / count, 50.0)), 6) if count else 0.0


def _chats(encoder: Encoder, examples: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    for data in examples:
        turns = data.get("messages")
        if turns is None:
            text = data.get("chosen") or data.get("answer") or data.get("completion")
            turns = [*data["prompt"], {"role": "assistant", "content": str(text)}] if text else None
        one = encoder.chat(turns) if turns else None
        if one is not None:
            yield one


__all__ = ["measured", "merged", "pruned", "quantised"]
