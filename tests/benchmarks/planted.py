"""Contenders of planted speed: time passes only when they say so, so no test depends on the machine."""

from __future__ import annotations

from collections.abc import Sequence

from apps.config.bench.race import Clock, Contender, Timing, race


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: self.now, cpu=lambda: self.now)

    def contender(self, name: str, *costs: float, answer: Sequence[object] = (1,)) -> Contender:
        """Question by question, and from the beginning again, an answer takes as long as `costs` say."""

        def ask(number: int) -> Sequence[object]:
            self.now += costs[number % len(costs)]
            return answer

        return Contender(name, ask)

    def race(self, *contenders: Contender, questions: int = 5, seconds: float = 3.0) -> dict[str, Timing]:
        return race(contenders, questions=questions, rounds=3, seconds=seconds, clock=self.clock)
