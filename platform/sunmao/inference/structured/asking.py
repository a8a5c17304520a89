"""Asking an engine for data: told the schema, held to it where the engine can, repaired at most twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from sunmao.inference.engine import ChatMessage, Engine, Event, Finished, GenerationRequest, Token, events_of
from sunmao.inference.errors import ModelServerFailure
from sunmao.inference.structured.errors import OutputInvalid, OutputTruncated
from sunmao.inference.structured.schema import Model, schema_of
from sunmao.inference.structured.validation import NotJson, parsed, problems

log = structlog.get_logger(__name__)

REPAIRS = 2
_ASK = "Answer with one JSON value that satisfies this JSON schema, and with nothing else:\n{schema}"
_REPAIR = "This does not satisfy the schema:\n{problems}\nWrite the whole JSON value again, corrected."


@dataclass(frozen=True)
class _Written:
    text: str
    reason: str


def structured(
    engine: Engine,
    request: GenerationRequest,
    schema: Mapping[str, Any] | type[Model],
    *,
    repairs: int = REPAIRS,
) -> Any:
    """Data that satisfies the schema. Raises `OutputInvalid`, `OutputTruncated`, or the engine's failure.

    An engine that cannot decode under a schema is asked in words instead; what it writes is validated alike.
    """
    wanted = schema_of(schema)
    asked = _asked(engine, request, wanted)
    data: Any = None
    wrong: Sequence[str] = ()
    for attempt in range(min(repairs, REPAIRS) + 1):
        written = _written(engine, asked)
        try:
            data = parsed(written.text)
            wrong = problems(wanted, data)
        except NotJson as error:
            if written.reason == "length":
                raise OutputTruncated from error
            data, wrong = None, [f"/: {error}"]
        if not wrong:
            return data
        log.info("output_breaks_its_schema", attempt=attempt, problems=len(wrong))
        asked = _repaired(asked, written.text, wrong)
    raise OutputInvalid(data, wrong)


def checked(engine: Engine, request: GenerationRequest, *, repairs: int = REPAIRS) -> Iterator[Event]:
    """The events of a request with a schema, told once its data is whole and satisfies it.

    What ended otherwise (cut, stopped, or by a call of a tool) is told as it is. Raises `OutputInvalid`.
    """
    wanted, asked, read, written = request.schema or {}, request, 0, 0
    data: Any = None
    wrong: Sequence[str] = ()
    for _attempt in range(min(repairs, REPAIRS) + 1):
        events = list(events_of(engine, asked))
        text, ended = "".join(one.text for one in events if isinstance(one, Token)), events[-1]
        if not isinstance(ended, Finished) or ended.reason != "stop":
            yield from events
            return
        read, written = read + ended.prompt_tokens, written + ended.tokens
        try:
            data = parsed(text)
            wrong = problems(wanted, data)
        except NotJson as error:
            data, wrong = None, [f"/: {error}"]
        if not wrong:
            yield Token(text.strip() if _is_json(text) else json.dumps(data, ensure_ascii=False))
            yield replace(ended, prompt_tokens=read, tokens=written)
            return
        asked = _repaired(asked, text, wrong)
    raise OutputInvalid(data, wrong)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _asked(engine: Engine, request: GenerationRequest, schema: Mapping[str, Any]) -> GenerationRequest:
    if engine.capabilities.schema:
        return replace(request, schema=schema)
    *before, last = request.conversation
    words = _ASK.format(schema=json.dumps(schema, ensure_ascii=False))
    told = replace(last, content=f"{last.content}\n\n{words}")
    return replace(request, messages=(*before, told), schema=None)


def _written(engine: Engine, request: GenerationRequest) -> _Written:
    text, reason = "", "stop"
    for event in events_of(engine, request):
        if isinstance(event, Token):
            text += event.text
        elif isinstance(event, Finished):
            reason = event.reason
    if reason == "dropped":
        raise ModelServerFailure
    if reason == "cancelled":
        raise OutputTruncated
    return _Written(text, reason)


def _repaired(request: GenerationRequest, text: str, wrong: Sequence[str]) -> GenerationRequest:
    """The conversation so far, what was written, and what is wrong with it."""
    said = ChatMessage(role="assistant", content=text)
    told = ChatMessage(role="user", content=_REPAIR.format(problems="\n".join(wrong)))
    return replace(request, messages=(*request.conversation, said, told))


__all__ = ["checked", "structured"]
