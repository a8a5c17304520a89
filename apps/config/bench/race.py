"""Contenders answer the same questions in turn, so that whatever else the machine does hits all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from apps.config.bench.report import Case

Answer = Sequence[object]
Metric = Literal["wall", "cpu"]
FEWEST_QUESTIONS = 5


def _no_server() -> float:
    return 0.0


@dataclass(frozen=True)
class Contender:
    """`ask` answers the question of that number; `server_cpu` is the CPU time of whoever helps it."""

    name: str
    ask: Callable[[int], Answer]
    server_cpu: Callable[[], float] = _no_server


@dataclass(frozen=True)
class Clock:
    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] = time.process_time


@dataclass(frozen=True)
class Lap:
    """Seconds of one answer."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Timing:
    """One contender's answers, one to each question, and its laps, round by round."""

    name: str
    answers: Sequence[Answer]
    rounds: Sequence[Sequence[Lap]]

    def medians(self, metric: Metric) -> list[float]:
        return [statistics.median(getattr(lap, metric) for lap in laps) for laps in self.rounds]

    def case(self, name: str, *, recall: float, nret: float, params: dict[str, Any] | None = None) -> Case:
        laps = [lap for laps in self.rounds for lap in laps]
        walls = np.array([lap.wall for lap in laps])
        p50, p95, p99 = (round(float(value) * 1e3, 4) for value in np.percentile(walls, [50, 95, 99]))
        return Case(
            id=name,
            params=params or {},
            n=len(laps),
            recall=round(recall, 4),
            nret=round(nret, 2),
            p50=p50,
            p95=p95,
            p99=p99,
            qps=round(1 / float(walls.mean()), 1),
            cpu_us=round(statistics.median(lap.cpu for lap in laps) * 1e6, 1),
        )


def race(
    contenders: Sequence[Contender],
    *,
    questions: int,
    rounds: int,
    seconds: float,
    clock: Clock = Clock(),  # noqa: B008  frozen
) -> dict[str, Timing]:
    """Every contender answers every question once to warm up; then as many as fit into the time are timed.

    Each round asks the same questions, so that rounds can be compared.
    """
    answers: dict[str, list[Answer]] = {contender.name: [] for contender in contenders}
    costs = []
    for number in range(questions):
        began = clock.wall()
        for contender in contenders:
            answers[contender.name].append(contender.ask(number))
        costs.append(clock.wall() - began)
    share = seconds / rounds / max(statistics.median(costs), 1e-9)
    asked = max(min(questions, FEWEST_QUESTIONS), min(questions, int(share)))
    laps = [
        _round(contenders, asked=asked, times=max(1, int(share / asked)), clock=clock) for _ in range(rounds)
    ]
    return {name: Timing(name, given, [timed[name] for timed in laps]) for name, given in answers.items()}


def _round(contenders: Sequence[Contender], *, asked: int, times: int, clock: Clock) -> dict[str, list[Lap]]:
    """A, B, A, B: each block is all the questions, so that a contender finds its own data in the caches."""
    laps: dict[str, list[Lap]] = {contender.name: [] for contender in contenders}
    for turn in range(times):
        for contender in _turned(contenders, turn):
            laps[contender.name] += [_lap(contender, number, clock) for number in range(asked)]
    return laps


def _turned(contenders: Sequence[Contender], by: int) -> Iterator[Contender]:
    """Nobody is always first."""
    for place in range(len(contenders)):
        yield contenders[(place + by) % len(contenders)]


def _lap(contender: Contender, number: int, clock: Clock) -> Lap:
    server, cpu, began = contender.server_cpu(), clock.cpu(), clock.wall()
    contender.ask(number)
    wall, own = clock.wall() - began, clock.cpu() - cpu
    return Lap(wall, own + contender.server_cpu() - server)
