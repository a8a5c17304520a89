"""One request on its way through the batch: what it may still write, and who listens."""

from __future__ import annotations

import math
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Event, Finished, FinishReason, GenerationRequest, Token
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
            self.said.put((self.index, Token(text)))
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
        if reason != "cancelled" and (text := self.writer.rest()):
            self.said.put((self.index, Token(text)))
        self.said.put((self.index, self.finished(reason)))

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
        constrain=_constraint(request.schema, loaded) if request.schema is not None else None,
    )


def _constraint(schema: Mapping[str, Any], loaded: Loaded) -> Callable[[Any, Any], Any]:
    """Structured output is a part of its own, which may be absent."""
    try:
        from importlib import import_module

        structured = import_module("sunmao.inference.structured.constraint")
        made_by: Any = structured.processor_for
    except (ImportError, AttributeError) as error:
        raise EngineFailure(
            _("This engine cannot hold its answer to a schema here."), code="schema_not_supported"
        ) from error
    constraint: Callable[[Any, Any], Any] = made_by(schema, loaded.tokenizer)
    return constraint


__all__ = ["Row", "Said", "made"]
