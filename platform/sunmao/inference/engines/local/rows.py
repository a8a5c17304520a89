"""One request on its way through the batch: what it may still write, and who listens."""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Event, Finished, FinishReason, GenerationRequest, Token
from sunmao.inference.engines.local.calling import Calls
from sunmao.inference.engines.local.encoding import Encoded
from sunmao.inference.engines.local.loading import Loaded
from sunmao.inference.engines.local.lora import Weights
from sunmao.inference.engines.local.writing import Writer

Said = tuple[int, Event | BaseException]


@dataclass(eq=False)
class Row:
    """`index` is the request's place among those of its caller; `said` is the caller's ear."""

    index: int
    request: GenerationRequest
    prompt: Encoded
    adapter: Weights | None
    writer: Writer
    most: int
    ends: frozenset[int]
    said: queue.SimpleQueue[Said]
    chance: Any = None
    deadline: float = math.inf
    constrain: Callable[[Any, Any], Any] | None = None
    calls: Calls | None = None
    ids: list[int] = field(default_factory=list)
    cancelled: bool = False
    over: bool = False

    @property
    def name(self) -> str:
        return self.adapter.name if self.adapter else ""

    @property
    def is_alone(self) -> bool:
        """Pictures change how positions are counted, so such a row has a pass of its own."""
        return bool(self.prompt.more)

    @property
    def length(self) -> int:
        return len(self.prompt.ids) + len(self.ids)

    def take(self, token: int) -> None:
        """The next token; ends the row when it was the last one."""
        if token in self.ends:
            self.finish("stop")
            return
        self.ids.append(token)
        if text := self.writer.push(token):
            self._say(text)
        if self.writer.stopped:
            self.finish("stop")
        elif len(self.ids) >= self.most:
            self.finish("length")

    def look_up(self) -> None:
        """Between two passes: has the asker gone, or the time run out?"""
        if self.cancelled:
            self.finish("cancelled")
        elif time.monotonic() > self.deadline:
            if self.ids:
                self.finish("dropped")
            else:
                self.fail(_too_slow())

    def finish(self, reason: FinishReason) -> None:
        if self.over:
            return
        self.over = True
        if reason != "cancelled":
            if text := self.writer.rest():
                self._say(text)
            self._end_calls()
        if self.calls is not None and self.calls.count and reason == "stop":
            reason = "tool_calls"
        self.said.put((self.index, self.finished(reason)))

    def _say(self, text: str) -> None:
        for event in self.calls.push(text) if self.calls is not None else (Token(text),):
            self.said.put((self.index, event))

    def _end_calls(self) -> None:
        for event in self.calls.rest() if self.calls is not None else ():
            self.said.put((self.index, event))

    def finished(self, reason: FinishReason) -> Finished:
        return Finished(
            reason,
            tokens=len(self.ids),
            prompt_tokens=len(self.prompt.ids),
            trimmed=self.prompt.trimmed,
        )

    def fail(self, error: BaseException) -> None:
        if not self.over:
            self.over = True
            self.said.put((self.index, error))


def _too_slow() -> EngineFailure:
    return EngineFailure(
        _(
            "The model did not begin to answer in time. Ask again later, or let more workers, a smaller "
            "model or SUNMAO_BATCH_ROWS take the load."
        ),
        code="model_too_slow",
    )


def made(
    index: int,
    request: GenerationRequest,
    *,
    loaded: Loaded,
    prompt: Encoded,
    adapter: Weights | None,
    said: queue.SimpleQueue[Said],
) -> Row:
    import torch

    chance = None
    if request.temperature > 0:
        chance = torch.Generator(device=loaded.device)
        chance.manual_seed(request.seed) if request.seed is not None else chance.seed()
    left = loaded.context - len(prompt.ids) if loaded.context else request.max_tokens
    return Row(
        index=index,
        request=request,
        prompt=prompt,
        adapter=adapter,
        writer=Writer(loaded.tokenizer, request.stop),
        most=max(1, min(request.max_tokens, left)),
        ends=loaded.ends,
        said=said,
        chance=chance,
        deadline=request.deadline or time.monotonic() + settings.SUNMAO_ANSWER_SECONDS,
        constrain=_constraint(request, loaded),
        calls=Calls() if request.tools else None,
    )


def _constraint(request: GenerationRequest, loaded: Loaded) -> Callable[[Any, Any], Any] | None:
    """llguidance may be absent: then a schema cannot be kept to, and calls are read as they come."""
    if request.schema is None and (not request.tools or find_spec("llguidance") is None):
        return None
    try:
        from sunmao.inference.structured import calls, constraint

        if request.schema is not None:
            return constraint.processor_for(request.schema, loaded.tokenizer)
        return calls.processor_for_calls(request.tools, loaded.tokenizer)
    except ImportError as error:
        raise EngineFailure(
            _("This engine cannot hold its answer to a schema here."), code="schema_not_supported"
        ) from error


__all__ = ["Row", "Said", "made"]
