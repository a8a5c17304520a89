"""What a prompt may say under `strategy`: names, options, bounds. `sunmao.inference.strategies` does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Option:
    """A number between two bounds, or one of some words."""

    default: int | str
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()

    def allows(self, value: object) -> bool:
        if self.words:
            return value in self.words
        return isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most


STRATEGIES: Mapping[str, Mapping[str, Option]] = {
    "zero_shot": {},
    "role": {},
    "format": {},
    "few_shot": {
        "examples": Option(3, 1, 8),
        "choice": Option("similar", words=("similar", "first")),
    },
    "chain_of_thought": {},
    "self_consistency": {
        "samples": Option(5, 2, 9),
        "compare": Option("text", words=("text", "number", "last_line", "json")),
    },
    "tree_of_thought": {"depth": Option(2, 1, 4), "width": Option(3, 2, 5), "beam": Option(2, 1, 3)},
    "images": {},
}


@dataclass(frozen=True)
class Step:
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


class Unsuitable(ValueError):
    """A step that nobody knows, or an option out of its bounds."""


def steps_of(given: object) -> tuple[Step, ...]:
    """From `[few_shot, {self_consistency: {samples: 5}}]`, with what is not said filled in."""
    if given is None:
        return ()
    if not isinstance(given, list):
        raise Unsuitable("strategy")
    steps = tuple(_step(one) for one in given)
    names = [step.name for step in steps]
    for name in names:
        if names.count(name) > 1:
            raise Unsuitable(name)
    if {"self_consistency", "tree_of_thought"} <= set(names):
        raise Unsuitable("self_consistency, tree_of_thought")
    return steps


def _step(given: object) -> Step:
    name, options = (given, {}) if isinstance(given, str) else _pair(given)
    if not isinstance(name, str) or name not in STRATEGIES:
        raise Unsuitable(str(name)[:60])
    known = STRATEGIES[name]
    for option, value in options.items():
        if option not in known or not known[option].allows(value):
            raise Unsuitable(f"{name}.{option}"[:80])
    return Step(name, {option: options.get(option, one.default) for option, one in known.items()})


def _pair(given: object) -> tuple[object, Mapping[Any, Any]]:
    if isinstance(given, Mapping) and len(given) == 1:
        name, options = next(iter(given.items()))
        if options is None or isinstance(options, Mapping):
            return name, options or {}
    raise Unsuitable(str(given)[:60])


def calls_of(steps: tuple[Step, ...]) -> int:
    """The most calls of a model that one answer takes, for what is reserved of a limit of use."""
    by_name = {step.name: step.options for step in steps}
    if options := by_name.get("tree_of_thought"):
        return int(options["depth"] * options["beam"] * (1 + options["width"]) + 1)
    samples = by_name.get("self_consistency", {}).get("samples", 1)
    return int(samples) + int("chain_of_thought" in by_name and samples == 1)


__all__ = ["STRATEGIES", "Option", "Step", "Unsuitable", "calls_of", "steps_of"]
