"""From the chunks of a stream to events; calls of tools are put together from their pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sunmao.inference.engine import Event, Finished, FinishReason, Token, ToolCall
from sunmao.inference.engines.openai_compatible import failures
from sunmao.inference.errors import ServerGarbled

_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "stop",
}


class Reading:
    """What has come so far of one answer."""

    def __init__(self) -> None:
        self.pieces = 0
        self.reason: FinishReason | None = None
        self._calls: dict[int, dict[str, str]] = {}
        self._usage: Mapping[str, Any] = {}

    def events(self, chunk: Mapping[str, Any]) -> Iterator[Event]:
        """Raises a failure when the chunk tells of one."""
        if chunk.get("error"):
            raise failures.of_error(chunk)
        self._usage = chunk.get("usage") or self._usage
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            raise ServerGarbled
        for choice in choices[:1]:
            delta = choice.get("delta") or {}
            if delta.get("content"):
                self.pieces += 1
                yield Token(delta["content"])
            for piece in delta.get("tool_calls") or ():
                self._collect(piece)
            if choice.get("finish_reason"):
                self.reason = _REASONS.get(choice["finish_reason"], "stop")

    @property
    def has_calls(self) -> bool:
        return bool(self._calls)

    def _collect(self, piece: Mapping[str, Any]) -> None:
        """The first piece of a call has its id and name; of some servers all of it comes at once."""
        index = piece.get("index")
        index = len(self._calls) if index is None else int(index)
        call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        told = piece.get("function") or {}
        call["id"] = call["id"] or piece.get("id") or ""
        call["name"] = call["name"] or told.get("name") or ""
        call["arguments"] += told.get("arguments") or ""

    def last(self) -> Iterator[Event]:
        """The calls, whole, and the end. A server that ends without saying why has finished speaking."""
        calls = [self._calls[index] for index in sorted(self._calls)]
        for number, call in enumerate(calls):
            yield ToolCall(id=call["id"] or f"call_{number}", name=call["name"], arguments=call["arguments"])
        reason = self.reason or "stop"
        yield self.finished("tool_calls" if calls and reason == "stop" else reason)

    def finished(self, reason: FinishReason) -> Finished:
        return Finished(
            reason,
            int(self._usage.get("completion_tokens") or self.pieces),
            int(self._usage.get("prompt_tokens") or 0),
        )


__all__ = ["Reading"]
