"""What people may set, held against its bounds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.training.runs.trainer.objectives import objectives
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.recipes import recipes
from sunmao.training.runs.trainer.rewards import checked as checked_rewards

Bounds = tuple[type, float, float]
NUMBERS: Mapping[str, Bounds] = {
    "seed": (int, 0, 2**31 - 1),
    "epochs": (float, 0.01, 1_000),
    "batch": (int, 1, 1_024),
    "accumulate": (int, 1, 1_024),
    "learning_rate": (float, 1e-8, 10),
    "warmup": (float, 0, 1),
    "weight_decay": (float, 0, 1),
    "clip": (float, 0, 1_000),
    "max_length": (int, 8, 1_000_000),
    "rank": (int, 1, 512),
    "alpha": (float, 1e-3, 100_000),
    "dropout": (float, 0, 0.9),
    "virtual_tokens": (int, 1, 512),
    "bottleneck": (int, 1, 4_096),
    "checkpoint_every": (int, 1, 100_000),
    "evaluate_every": (int, 1, 100_000),
    "patience": (int, 0, 1_000),
    "log_seconds": (float, 0, 600),
    "sample": (int, 0, 200),
    "sample_tokens": (int, 1, 1_024),
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "schedule": ("cosine", "linear", "constant"),
    "too_long": ("skip", "cut", "refuse"),
    "init": ("default", "cur"),
}
MOST_TARGETS, MOST_REWARDS = 100, 10


def settings_of(given: Mapping[str, Any], *, objective: str) -> dict[str, Any]:
    """The settings that a person gave, typed. Raises `InvalidInput` with what is wrong of each."""
    found: dict[str, Any] = {}
    wrong: dict[str, Message] = {}
    for name, value in given.items():
        if value in (None, ""):
            continue
        try:
            found[name] = _one(name, value, objective)
        except _Wrong as error:
            wrong[str(name)[:80]] = error.message
    if objective == "grpo" and not wrong:
        try:
            checked_rewards(found.get("rewards", ()))
        except Problem as problem:
            wrong["rewards"] = "; ".join(problem.told.values())
    if wrong:
        raise InvalidInput(fields=wrong)
    return found


def refuse_unfit(given: Mapping[str, Any], *, shapes: Mapping[str, Any], context: int) -> None:
    """What this base cannot do: matrices that it has not got, texts longer than it reads."""
    wrong: dict[str, Message] = {}
    there = {name.rpartition(".")[2] for name in shapes}
    if missing := [one for one in given.get("targets", ()) if one not in there]:
        told = {"missing": ", ".join(missing[:5]), "there": ", ".join(sorted(there)[:20])}
        wrong["targets"] = format_lazy(_("the base has no {missing}; it has {there}"), **told)
    if context and given.get("max_length", 0) > context:
        wrong["max_length"] = format_lazy(_("the base reads at most {context} tokens"), context=context)
    if wrong:
        raise InvalidInput(fields=wrong)


class _Wrong(Exception):
    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__()


def _one(name: str, value: Any, objective: str) -> Any:
    if name in NUMBERS:
        return _number(value, *NUMBERS[name])
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise _Wrong(_("must be one of the choices"))
        return value
    if name == "recipe":
        if value not in recipes():
            raise _Wrong(_("there is no such recipe"))
        return value
    if name in ("gradient_checkpointing", "ability"):
        if not isinstance(value, bool):
            raise _Wrong(_("must be true or false"))
        return value
    if name == "targets":
        return _targets(value)
    if name == "options":
        return _options(value, objective)
    if name == "rewards":
        if not isinstance(value, list) or len(value) > MOST_REWARDS:
            raise _Wrong(_("must be a list"))
        if not all(isinstance(one, dict) for one in value):
            raise _Wrong(_("must be a list"))
        return value
    raise _Wrong(_("is not known"))


def _number(value: Any, kind: type, least: float, most: float) -> Any:
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wrong(_("must be a number")) from error
    if isinstance(value, bool) or not least <= number <= most:
        raise _Wrong(_("is outside its bounds"))
    return number


def _targets(value: Any) -> list[str]:
    if (
        not isinstance(value, list)
        or len(value) > MOST_TARGETS
        or not all(isinstance(one, str) and one.replace("_", "").isalnum() for one in value)
    ):
        raise _Wrong(_("must be a list of names of modules"))
    return value


def _options(value: Any, objective: str) -> dict[str, float]:
    known = objectives()[objective].options
    if not isinstance(value, Mapping) or set(value) - set(known):
        raise _Wrong(_("is not known"))
    return {name: _number(one, float, -1_000, 100_000) for name, one in value.items()}


__all__ = ["CHOICES", "NUMBERS", "refuse_unfit", "settings_of"]
