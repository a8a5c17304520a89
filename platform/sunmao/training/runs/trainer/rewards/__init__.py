"""What an answer is worth, as functions. Each file of this package declares one as `REWARD`.

A reward takes the question, the answer and what the example says is right, and gives a number. Several are
added by their weights; one with `at_least` is a constraint, whose price rises while it is not kept.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sunmao.core.errors import Message
from sunmao.training.runs.trainer.problems import Problem


@dataclass(frozen=True)
class Answered:
    prompt: Sequence[Mapping[str, Any]]
    text: str
    answer: Any = None


Score = Callable[[Answered], float]


@dataclass(frozen=True, kw_only=True)
class Reward:
    """`make` takes the parameters of a plan and gives the function; `asked` ones are answered from outside
    the training process, all answers of a step at once."""

    name: str
    title: Message
    make: Callable[[Mapping[str, Any]], Score]
    asked: bool = False


@cache
def rewards() -> Mapping[str, Reward]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        reward = getattr(importlib.import_module(f"{__name__}.{module.name}"), "REWARD", None)
        if isinstance(reward, Reward):
            found[reward.name] = reward
    return found


def checked(given: Sequence[Mapping[str, Any]]) -> None:
    """Raises `Problem` for what no training could compute."""
    if not given:
        raise Problem("training_reward", reason="at least one reward is needed")
    for one in given:
        name = str(one.get("name", ""))
        if name not in rewards():
            raise Problem("training_reward", reward=name, reason="there is no such reward")
        for number in ("weight", "at_least"):
            value = one.get(number, 1.0)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Problem("training_reward", reward=name, reason=f"{number} must be a number")
        rewards()[name].make(one)


@dataclass
class Worth:
    """The rewards of a plan together. `prices` are those of its constraints: they are learnt (Lagrange's
    multipliers, one step up for every step down; Tessler et al., 2018) and belong to a checkpoint."""

    given: Sequence[Mapping[str, Any]]
    ask: Callable[[Mapping[str, Any], Sequence[Answered]], Sequence[float]]
    step: float = 0.1
    prices: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked(self.given)
        self._made = [rewards()[str(one["name"])].make(one) for one in self.given]

    def of(self, answers: Sequence[Answered], *, learn: bool) -> tuple[list[float], dict[str, float]]:
        """(the worth of each, the mean of each reward)."""
        total, means = [0.0] * len(answers), {}
        for place, (one, score) in enumerate(zip(self.given, self._made, strict=True)):
            name = str(one["name"])
            asked = rewards()[name].asked
            found = list(self.ask(one, answers)) if asked else [score(each) for each in answers]
            mean = sum(found) / len(found)
            means[name if name not in means else f"{name} {place + 1}"] = mean
            weight = float(one.get("weight", 1.0))
            if "at_least" in one:
                weight = self._price(f"{place}", mean, float(one["at_least"]), learn=learn)
            total = [before + weight * value for before, value in zip(total, found, strict=True)]
        return total, means

    def _price(self, key: str, mean: float, bound: float, *, learn: bool) -> float:
        price = self.prices.get(key, 1.0)
        if learn:
            self.prices[key] = max(0.0, price + self.step * (bound - mean))
        return price


__all__ = ["Answered", "Reward", "Score", "Worth", "checked", "rewards"]
