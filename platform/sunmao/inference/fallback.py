"""Who answers when an engine fails before its first word: the engines of `SUNMAO_ENGINE_FALLBACK`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import structlog
from django.conf import settings

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Engine, Event, GenerationRequest, events_of
from sunmao.inference.errors import ContextOverflow
from sunmao.inference.registry import engine as engine_named

log = structlog.get_logger(__name__)


def begin(
    engine: Engine,
    request: GenerationRequest,
    *,
    may_use: Callable[[Engine], bool],
    ask: Callable[[Engine, GenerationRequest], Iterator[Event]] = events_of,
) -> tuple[Engine, Iterator[Event]]:
    """The engine that answers, and its events, the first of which has come already.

    A prompt that is too long is told at once: the asker can shorten it, another engine would read less well.
    """
    failure: EngineFailure | None = None
    for candidate in _chain(engine, may_use):
        try:
            events = iter(ask(candidate, request))
            first = next(events)
        except ContextOverflow:
            raise
        except EngineFailure as error:
            log.warning("engine_failed_before_its_first_word", engine=candidate.name, code=error.code)
            failure = failure or error
        else:
            return candidate, chain((first,), events)
    assert failure is not None  # noqa: S101  the first candidate always is one
    raise failure


def _chain(engine: Engine, may_use: Callable[[Engine], bool]) -> Iterator[Engine]:
    yield engine
    for name in settings.SUNMAO_ENGINE_FALLBACK:
        other = engine_named(name)
        if other.name != engine.name and may_use(other):
            yield other


__all__ = ["begin"]
