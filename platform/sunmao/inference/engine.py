"""What every engine is: a request in, a stream of events out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

FinishReason = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class SourcePassage:
    """A passage as an engine sees it: `number` is how the answer cites it; `whole` when the question named
    this very passage, or it was written as the answer to it, so that an extract quotes all of it; `around` is
    the wider span that a writing engine reads, where there is one."""

    number: int
    heading: str
    text: str
    score: float
    language: str
    whole: bool = False
    around: str = ""

    @property
    def read(self) -> str:
        return self.around or self.text


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """`stopped` is asked between tokens; `idf` is the weight of the question's tokens in the bases."""

    prompt: str
    question: str
    language: str
    passages: Sequence[SourcePassage]
    temperature: float = 0.7
    max_tokens: int = 800
    idf: Mapping[str, float] = field(default_factory=dict)
    stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Token:
    """A piece of text. An engine that quotes says which passage and where: `start`, `end` in its text."""

    text: str
    passage: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Finished:
    reason: FinishReason
    tokens: int = 0


Event = Token | Finished


class Engine(Protocol):
    """`generative` engines write text of their own; the others only quote."""

    name: str
    model: str
    generative: bool

    def generate(self, request: GenerationRequest) -> Iterator[Event]: ...
