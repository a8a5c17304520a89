"""How much one turn may do with tools. When any of it is used up, the model answers with what it has."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sunmao.inference.tools.problems import ToolFault


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`depth` is how many times the model may go on after reading results; `repairs` how often it may put one
    tool's arguments right."""

    calls: int = 6
    seconds: float = 12.0
    size: int = 32_768
    depth: int = 4
    together: int = 4
    repairs: int = 2


@dataclass
class Spent:
    """What a turn has used. `over` says which limit was reached, once one was."""

    limits: Limits
    clock: Callable[[], float] = time.monotonic
    calls: int = 0
    size: int = 0
    rounds: int = 0
    over: str = ""
    _invalid: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _began: float = 0.0

    def __post_init__(self) -> None:
        self._began = self.clock()

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.limits.seconds - (self.clock() - self._began))

    def begin_round(self) -> None:
        self.rounds += 1

    def end_round(self) -> None:
        """Another round begins only when there is something left for it."""
        if self.rounds >= self.limits.depth:
            self.over = self.over or "depth"
        if not self.seconds_left:
            self.over = self.over or "seconds"

    def begin_call(self) -> None:
        """Raises `ToolFault` when nothing more may be called."""
        if self.calls >= self.limits.calls:
            self.over = self.over or "calls"
            raise ToolFault("limit_reached", "This turn may call no more tools. Answer with what you have.")
        if not self.seconds_left:
            self.over = self.over or "seconds"
            raise ToolFault("limit_reached", "This turn has no time left. Answer with what you have.")
        self.calls += 1

    def first_time(self, tool: str, arguments: str) -> None:
        """A model that asks the same again goes round in a circle. Raises `ToolFault`."""
        if (tool, arguments) in self._seen:
            raise ToolFault("repeated_call", "This very call was made before in this turn; read its result.")
        self._seen.add((tool, arguments))

    def invalid(self, tool: str) -> int:
        """One more call of this tool that could not be understood; returns how many."""
        self._invalid[tool] += 1
        if self._invalid[tool] > self.limits.repairs:
            self.over = self.over or "repairs"
        return self._invalid[tool]

    def repairs_of(self, tool: str) -> int:
        return self._invalid[tool]

    def keep(self, size: int) -> None:
        """Raises `ToolFault` when a result does not fit into what the turn may still read."""
        if self.size + size > self.limits.size:
            self.over = self.over or "size"
            raise ToolFault("result_too_large", "The result is too large to be read. Ask for less of it.")
        self.size += size


__all__ = ["Limits", "Spent"]
