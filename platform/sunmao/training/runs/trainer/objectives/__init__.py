"""What is learnt from which kind of example. Each file here declares its objectives as `OBJECTIVES`.

An objective turns an example into tokens (`encode`), tokens into a batch (`collate`), and a batch into a loss
with figures (`loss`). Figures are sums with their weights, so that those of a whole part do not depend on how
it was cut into batches.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from sunmao.core.errors import Message

Learner = Any
"""`trainer.learner.Learner`, named loosely: the learner knows objectives, and not both each other."""
Sums = dict[str, tuple[float, float]]
"""Figure → (sum, weight)."""


class Work(Protocol):
    """What an objective does. `metric` names the figure that tells the best checkpoint."""

    metric: str
    higher_is_better: bool

    def encode(self, learner: Learner, data: Mapping[str, Any]) -> Any | None: ...

    def prepare(self, learner: Learner, parts: Mapping[str, Sequence[Any]]) -> None:
        """Before the first step, while the model still answers as its base does."""
        ...

    def loss(self, learner: Learner, items: Sequence[Any]) -> tuple[Any, Sums]: ...


@dataclass(frozen=True, kw_only=True)
class Objective:
    """`kind` is that of the data sets it learns from, `options` what a plan may set, with the usual values.
    `rate` scales a recipe's learning rate: preferences are learnt in smaller steps than texts."""

    name: str
    title: Message
    kind: str
    make: str
    options: Mapping[str, float]
    rate: float = 1.0


@cache
def objectives() -> Mapping[str, Objective]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        for one in getattr(importlib.import_module(f"{__name__}.{module.name}"), "OBJECTIVES", ()):
            found[one.name] = one
    return found


def work_of(objective: Objective, options: Mapping[str, Any]) -> Work:
    module, _dot, name = objective.make.partition(":")
    made: Work = getattr(importlib.import_module(module), name)({**objective.options, **options})
    return made


__all__ = ["Learner", "Objective", "Sums", "Work", "objectives", "work_of"]
