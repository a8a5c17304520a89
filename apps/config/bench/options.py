from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MIN_ROWS, MIN_ROUNDS = 1_000, 3


def _silent(_: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asked for. `seconds` is the time to measure in one race, all rounds together."""

    rows: int = 100_000
    rounds: int = 5
    seconds: float = 8.0
    seed: int = 1
    quick: bool = False
    peers: tuple[str, ...] = ()
    questions: int = 40
    adapters: int = 8
    device: str = ""
    batch: int = 500
    say: Callable[[str], None] = _silent
