"""What each stage of a retrieval did, for hit testing and for the account of an answer.

`retrieve(…, trace=True)` returns a `Trace`. Its stages, in the order in which they ran:

| name | base | what `best` and `details` say |
|---|---|---|
| `understood` | | `details`: the question as it is searched, and what was changed |
| `read` | | `details`: how many characters were read in the picture that is asked with |
| `lexical` | slug | the nearest by words, with their BM25 mass |
| `dense` | slug | the nearest by vectors, with their cosine; `details`: the encoder, and if by an index |
| `confirmed` | slug | passages that confirmed questions bring up, with the likeness of these questions |
| `seen` | slug | the nearest pictures, with their cosine; `details`: the encoder, and how many stand out |
| `linked` | slug | passages that the best of the base refer to, with what they gain by it |
| `fused` | | the candidates of all bases by their fused score |
| `together` | | of a question by picture: what its looks and its words found, by their joint score |
| `reranked` | | the order after a trained ranking or a cross-encoder; `details`: which, or why not |
| `named` | | passages of articles that the question names |
| `judged` | | `details`: `accepted`, `relevance` and the `reason` |
| `rewritten` | | the question was put in other words, once; the stages after it are those of the second try |

A stage that had nothing to do is left out.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

StageName = Literal[
    "understood",
    "read",
    "lexical",
    "dense",
    "confirmed",
    "seen",
    "linked",
    "fused",
    "together",
    "reranked",
    "named",
    "judged",
    "rewritten",
]
SHOWN = 100
"""Candidates that a stage keeps, best first."""


@dataclass(frozen=True)
class Placed:
    """A passage in a stage; scores of different stages are in different units."""

    passage_id: uuid.UUID
    score: float


@dataclass(frozen=True)
class Stage:
    """`base` is the slug of the base that it looked at, empty for all together; `found` counts candidates."""

    name: StageName
    milliseconds: float
    base: str = ""
    found: int = 0
    best: tuple[Placed, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def rank_of(self, passage_id: uuid.UUID) -> int | None:
        """From 1; None when the passage is not among the best of this stage."""
        return next((rank for rank, one in enumerate(self.best, 1) if one.passage_id == passage_id), None)


@dataclass(frozen=True)
class Trace:
    stages: tuple[Stage, ...]

    def named(self, name: StageName) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.stages if stage.name == name)

    @property
    def milliseconds(self) -> float:
        return round(sum(stage.milliseconds for stage in self.stages), 3)

    @property
    def passages(self) -> frozenset[uuid.UUID]:
        return frozenset(one.passage_id for stage in self.stages for one in stage.best)

    def as_json(self, *, limit: int = 20) -> list[dict[str, Any]]:
        return [
            {
                "name": stage.name,
                "milliseconds": stage.milliseconds,
                "base": stage.base,
                "found": stage.found,
                "details": dict(stage.details),
                "best": [
                    {"passage_id": str(one.passage_id), "score": _finite(one.score)}
                    for one in stage.best[:limit]
                ],
            }
            for stage in self.stages
        ]


class Noting:
    """What a stage says of itself while it runs."""

    def __init__(self) -> None:
        self.best: tuple[Placed, ...] = ()
        self.found = 0
        self.details: dict[str, Any] = {}
        self.nothing = False

    def show(self, scores: Mapping[uuid.UUID, float]) -> None:
        order = sorted(scores, key=scores.__getitem__, reverse=True)
        self.found = len(order)
        self.best = tuple(Placed(key, scores[key]) for key in order[:SHOWN])
        self.nothing = not order

    def show_ranked(self, passages: Sequence[uuid.UUID]) -> None:
        """An order without scores of its own."""
        self.show({key: 1 / rank for rank, key in enumerate(passages, 1)})

    def say(self, **details: Any) -> None:
        self.details |= details


class Recorder:
    """Collects stages when it is wanted; otherwise it costs nothing but the call."""

    def __init__(self, *, wanted: bool = False) -> None:
        self.wanted = wanted
        self._stages: list[Stage] = []

    @contextmanager
    def stage(self, name: StageName, base: str = "") -> Iterator[Noting]:
        began, noting = time.perf_counter(), Noting()
        yield noting
        if self.wanted and not noting.nothing:
            spent = round((time.perf_counter() - began) * 1000, 3)
            self._stages.append(Stage(name, spent, base, noting.found, noting.best, noting.details))

    def trace(self) -> Trace | None:
        return Trace(tuple(self._stages)) if self.wanted else None


def _finite(score: float) -> float | None:
    """Infinity, the score of what was named, is no JSON."""
    return round(score, 5) if abs(score) != float("inf") else None


__all__ = ["Noting", "Placed", "Recorder", "Stage", "StageName", "Trace"]
