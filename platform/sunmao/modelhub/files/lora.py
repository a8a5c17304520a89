"""What an adapter says of itself, held against its base: an allow-list of settings, and its shapes.

Pure: nothing here opens a file or runs anything. Whatever is not on the list is refused, so that what reaches
the model's library is only what we wrote there ourselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sunmao.modelhub.files.safetensors import Tensor

HIGHEST_RANK = 512
DTYPES = ("F32", "F16", "BF16")
_PART = re.compile(
    r"(?:base_model\.model\.)(?P<module>[A-Za-z0-9_.]+)\."
    r"(?P<part>lora_A|lora_B|lora_magnitude_vector)(?:\.weight)?"
)
_MODULE = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
# They say how it was trained or first filled; to answer with it they do not matter.
_IGNORED = {
    "base_model_name_or_path", "revision", "task_type", "inference_mode", "lora_dropout", "init_lora_weights",
    "peft_version", "ensure_weight_tying", "runtime_config", "peft_type", "bias", "use_qalora",
    "qalora_group_size", "use_bdlora", "velora_config", "monteclora_config", "exclude_modules",
}  # fmt: skip
_KNOWN = {"r", "lora_alpha", "target_modules", "use_rslora", "use_dora", "fan_in_fan_out"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """An adapter's settings, cleaned."""

    rank: int
    alpha: float
    targets: tuple[str, ...]
    rslora: bool
    dora: bool
    fan_in_fan_out: bool

    @property
    def scale(self) -> float:
        return self.alpha / (math.sqrt(self.rank) if self.rslora else self.rank)

    def as_json(self) -> dict[str, Any]:
        """As peft reads it."""
        return {
            "peft_type": "LORA",
            "task_type": "CAUSAL_LM",
            "r": self.rank,
            "lora_alpha": self.alpha,
            "lora_dropout": 0.0,
            "target_modules": list(self.targets),
            "bias": "none",
            "use_rslora": self.rslora,
            "use_dora": self.dora,
            "fan_in_fan_out": self.fan_in_fan_out,
            "inference_mode": True,
        }


Wrong = dict[str, str]


def settings_of(given: Any) -> tuple[Settings | None, Wrong]:
    """The cleaned settings, or what is wrong with each of them."""
    if not isinstance(given, Mapping):
        return None, {"adapter_config.json": "no object"}
    wrong = _not_taken(given)
    rank, alpha, targets = given.get("r"), given.get("lora_alpha", 8), given.get("target_modules")
    if type(rank) is not int or not 1 <= rank <= HIGHEST_RANK:
        wrong["r"] = f"must be a whole number from 1 to {HIGHEST_RANK}"
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < alpha < 1e6:
        wrong["lora_alpha"] = "must be a number above 0"
    if not _are_modules(targets):
        wrong["target_modules"] = "must be a list of names of modules"
    for name in ("use_rslora", "use_dora", "fan_in_fan_out"):
        if not isinstance(given.get(name) or False, bool):
            wrong[name] = "must be true or false"
    if wrong or not isinstance(rank, int) or not isinstance(targets, list):
        return None, wrong
    return (
        Settings(
            rank=rank,
            alpha=float(alpha),
            targets=tuple(sorted(targets)),
            rslora=bool(given.get("use_rslora")),
            dora=bool(given.get("use_dora")),
            fan_in_fan_out=bool(given.get("fan_in_fan_out")),
        ),
        {},
    )


def _not_taken(given: Mapping[str, Any]) -> Wrong:
    """An empty setting does nothing, whatever it is called; one with a value must be on the list."""
    wrong = {
        str(name)[:80]: "is not taken"
        for name, value in given.items()
        if name not in _KNOWN | _IGNORED and value not in (None, False, [], {}, "")
    }
    for name, wanted in (("peft_type", "LORA"), ("bias", "none")):
        if given.get(name, wanted) != wanted:
            wrong[name] = f"must be {wanted}"
    if given.get("peft_type") is None:
        wrong["peft_type"] = "is missing"
    for name in ("use_qalora", "use_bdlora", "velora_config", "monteclora_config", "exclude_modules"):
        if given.get(name):
            wrong[name] = "is not taken"
    return wrong


def _are_modules(targets: Any) -> bool:
    return (
        isinstance(targets, list)
        and 0 < len(targets) <= 2_000
        and all(isinstance(one, str) and _MODULE.fullmatch(one) for one in targets)
    )


Shape = Sequence[int]


@dataclass(frozen=True)
class Fit:
    """How an adapter fits a base; `wrong` names tensors, `foreign` those that the base has no place for."""

    wrong: Wrong
    foreign: Wrong

    @property
    def is_good(self) -> bool:
        return not self.wrong and not self.foreign


def fit(tensors: Iterable[Tensor], settings: Settings, *, modules: Mapping[str, Shape]) -> Fit:
    """Every tensor belongs to a pair A and B of a target module, and the pair has that module's shape.

    `modules` are the base's matrices: name → (out, in), as its files have them.
    """
    wrong: Wrong = {}
    parts: dict[str, dict[str, Tensor]] = {}
    for tensor in tensors:
        found = _PART.fullmatch(tensor.name)
        if found is None:
            wrong[tensor.name[:120]] = "is no part of a low-rank adapter"
        elif tensor.dtype not in DTYPES:
            wrong[tensor.name[:120]] = f"has the dtype {tensor.dtype}"
        else:
            parts.setdefault(found["module"], {})[found["part"]] = tensor
    if not parts and not wrong:
        wrong["adapter_model.safetensors"] = "holds no weights"
    places = _Places(modules)
    foreign: Wrong = {}
    for module, pair in parts.items():
        told = _pair(module, pair, settings)
        if told:
            wrong[module[:120]] = told
        elif told := _misfit(pair, settings, places.shape(module)):
            foreign[module[:120]] = told
    return Fit(wrong, foreign)


def _pair(module: str, pair: Mapping[str, Tensor], settings: Settings) -> str:
    needed = {"lora_A", "lora_B"} | ({"lora_magnitude_vector"} if settings.dora else set())
    if set(pair) != needed:
        return f"must have {', '.join(sorted(needed))}"
    if not any(module == one or module.endswith(f".{one}") for one in settings.targets):
        return "is not among target_modules"
    first, second = pair["lora_A"].shape, pair["lora_B"].shape
    if len(first) != 2 or len(second) != 2 or first[0] != settings.rank or second[1] != settings.rank:
        return f"has not the rank {settings.rank}"
    if settings.dora and math.prod(pair["lora_magnitude_vector"].shape) != second[0]:
        return "has a magnitude of another length"
    return ""


def _misfit(pair: Mapping[str, Tensor], settings: Settings, shape: Shape | None) -> str:
    if shape is None:
        return "the base has no such module"
    out, into = reversed(shape) if settings.fan_in_fan_out else shape
    given = (pair["lora_B"].shape[0], pair["lora_A"].shape[1])
    return "" if given == (out, into) else f"is for {given[0]}×{given[1]}, the base has {out}×{into}"


class _Places:
    """The base's modules by name, with or without the wrapping that a program adds in front."""

    def __init__(self, modules: Mapping[str, Shape]) -> None:
        self._modules = modules
        self._short = {name.partition(".")[2]: shape for name, shape in modules.items()}

    def shape(self, module: str) -> Shape | None:
        rest = module.partition(".")[2]
        return self._modules.get(module) or self._modules.get(rest) or self._short.get(rest)


__all__ = ["Fit", "Settings", "fit", "settings_of"]
