"""What a model is worth before and after, and the files that are left of it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sunmao.training.runs.rouge import rouge
from sunmao.training.runs.trainer.learner import Learner

SERVED = (
    "task_type", "r", "lora_alpha", "lora_dropout", "bias", "use_rslora", "use_dora", "fan_in_fan_out",
)  # fmt: skip


def measured(
    learner: Learner, parts: Mapping[str, Sequence[Any]], examples: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    """Over the test part, or the validation part where there is no other."""
    name = "test" if parts.get("test") else "validation"
    found: dict[str, Any] = {"part": name, **learner.figures(parts[name])}
    if learner.plan.objective == "sft":
        found["perplexity"] = _perplexity(found["loss"])
    if learner.head is None and learner.plan.sample:
        found |= _answers(learner, examples.get(name) or examples.get("train", ()))
    if general := examples.get("general"):
        found["general_perplexity"] = _perplexity(_text_loss(learner, general))
    return {key: round(value, 8) if isinstance(value, float) else value for key, value in found.items()}


def _perplexity(loss: float) -> float:
    return math.exp(min(loss, 50.0))


def _answers(learner: Learner, examples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Some questions answered as people would have them answered: likeness, and how quickly."""
    asked = [one for one in (_question(data) for data in examples[: learner.plan.sample]) if one]
    if not asked:
        return {}
    said, written, began = [], 0, time.monotonic()
    for turns, _expected in asked:
        ids = learner.write(
            [learner.encoder.prompt(turns)], tokens=learner.plan.sample_tokens, temperature=0.0
        )[0]
        written += len(ids)
        said.append(learner.text(ids))
    spent = time.monotonic() - began
    pairs = [(text, expected) for text, (_turns, expected) in zip(said, asked, strict=True) if expected]
    return {
        **rouge([one for one, _other in pairs], [other for _one, other in pairs]),
        "tokens_per_second": written / spent if spent else 0.0,
    }


def _question(data: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], str] | None:
    """(the turns before the answer, the answer)."""
    if "messages" in data:
        turns = data["messages"]
        return (turns[:-1], str(turns[-1]["content"])) if len(turns) > 1 else None
    if "prompt" in data:
        expected = data.get("chosen") or data.get("answer") or (data.get("good") and data.get("completion"))
        return data["prompt"], str(expected or "")
    return None


def _text_loss(learner: Learner, general: Sequence[Mapping[str, Any]]) -> float:
    """Of conversations that have nothing to do with what is learnt."""
    import torch

    encoded = [one for data in general if (one := learner.encoder.chat(data["messages"]))]
    total = count = 0.0
    was = learner.model.training
    learner.model.eval()
    with torch.no_grad():
        for items in learner.in_batches(encoded):
            sums, counts = learner.answer_logps(items)
            total, count = total - float(sums.sum()), count + float(counts.sum())
    learner.model.train(was)
    return total / count if count else 0.0


def written(learner: Learner, folder: Path) -> dict[str, Any]:
    """The result as files: an adapter as peft reads it, a whole model, or the parts that learnt."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kind = learner.recipe.result
    if kind == "adapter":
        from peft import get_peft_model_state_dict

        tensors = get_peft_model_state_dict(learner.model)
        config = learner.model.peft_config["default"].to_dict()
        _save(save_file, tensors, folder / "adapter_model.safetensors")
        (folder / "adapter_config.json").write_text(
            json.dumps(_plain(config), sort_keys=True), encoding="utf-8"
        )
    elif kind == "weights":
        learner.model.save_pretrained(folder, safe_serialization=True)
        learner.tokenizer.save_pretrained(folder)
    else:
        _save(save_file, learner.learns(), folder / "parts.safetensors")
        (folder / "parts.json").write_text(json.dumps(learner.plan.as_json()), encoding="utf-8")
    if learner.head is not None:
        _save(save_file, dict(learner.head.named_parameters()), folder / "head.safetensors")
    return {"kind": kind, "folder": str(folder), "files": sorted(one.name for one in folder.iterdir())}


def _save(save_file: Any, tensors: Mapping[str, Any], path: Path) -> None:
    save_file({name: one.detach().cpu().contiguous().clone() for name, one in tensors.items()}, path)


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that say how to answer with it; all others are of the library's version."""
    found = {name: config[name] for name in SERVED}
    return {
        **found,
        "peft_type": getattr(config["peft_type"], "value", config["peft_type"]),
        "target_modules": sorted(config["target_modules"]),
        "inference_mode": True,
    }


__all__ = ["measured", "written"]
