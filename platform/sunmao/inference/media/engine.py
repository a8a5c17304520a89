"""What an engine for sound or pictures is: requests in, a stream of events out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Finished, Token

Ability = Literal["hears", "speaks", "draws"]
ABILITIES: tuple[Ability, ...] = ("hears", "speaks", "draws")


@dataclass(frozen=True, kw_only=True)
class MediaRequest:
    """`sound` is a WAV file that is heard, `text` what is spoken or drawn. What an engine has no use for is
    left at its default. `deadline` is a reading of `time.monotonic`; `stopped` is asked between two steps."""

    text: str = ""
    sound: bytes = b""
    language: str = ""
    voice: str = ""
    speed: float = 1.0
    width: int = 0
    height: int = 0
    seed: int | None = None
    deadline: float | None = None
    stopped: Callable[[], bool] = lambda: False

    @property
    def is_over(self) -> bool:
        """Nobody waits any more."""
        return self.stopped() or (self.deadline is not None and time.monotonic() > self.deadline)


@dataclass(frozen=True)
class Made:
    """A sound or a picture as its file has it, and its media type; not labelled yet."""

    data: bytes
    media_type: str


Event = Token | Made | Finished


@dataclass(frozen=True, kw_only=True)
class MediaCapabilities:
    """`voices` are names that a request may choose; `languages` those that are heard, empty for any."""

    hears: bool = False
    speaks: bool = False
    draws: bool = False
    voices: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class MediaEngine(Protocol):
    """Events of several requests come with the index of their request; each ends with one `Finished`."""

    name: str
    model: str

    @property
    def capabilities(self) -> MediaCapabilities: ...

    def generate(self, requests: Sequence[MediaRequest]) -> Iterator[tuple[int, Event]]: ...


def in_turn(
    one: Callable[[MediaRequest], Iterator[Event]], requests: Sequence[MediaRequest]
) -> Iterator[tuple[int, Event]]:
    """These models serve one request at a time."""
    for index, request in enumerate(requests):
        for event in one(request):
            yield index, event


def too_slow() -> EngineFailure:
    return EngineFailure(
        _("The model was not done in time. Ask for less at once, or give the worker a faster machine."),
        code="model_timeout",
    )


__all__ = [
    "ABILITIES",
    "Ability",
    "Event",
    "Made",
    "MediaCapabilities",
    "MediaEngine",
    "MediaRequest",
    "in_turn",
    "too_slow",
]
