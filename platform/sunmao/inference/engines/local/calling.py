"""Tools of a model in this worker: what its template is told of them, and the calls in what it writes.

A call begins where the model itself writes the mark. In whatever it is given to read the mark is broken, so
that a document cannot make a call by being quoted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sunmao.core.ids import new_id
from sunmao.inference.engine import ChatMessage, Token, ToolCall, ToolSpec
from sunmao.inference.structured.calls import CLOSE, OPEN

_BROKEN = (OPEN.replace("<", "‹").replace(">", "›"), CLOSE.replace("<", "‹").replace(">", "›"))


def can_call(tokenizer: Any) -> bool:
    """Its template shows tools, and has calls written as we read them."""
    template = getattr(tokenizer, "chat_template", None)
    if not isinstance(template, str) or OPEN in getattr(tokenizer, "all_special_tokens", ()):
        return False
    return "tools" in template and OPEN in template


def shown(tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": one.name,
                "description": harmless(one.description),
                "parameters": dict(one.parameters),
            },
        }
        for one in tools
    ]


def harmless(text: str) -> str:
    return text.replace(OPEN, _BROKEN[0]).replace(CLOSE, _BROKEN[1])


def turn(message: ChatMessage) -> dict[str, Any]:
    """A turn as templates with tools take it."""
    told: dict[str, Any] = {"role": message.role, "content": harmless(message.content)}
    if message.calls:
        told["tool_calls"] = [
            {"type": "function", "function": {"name": one.name, "arguments": _arguments(one)}}
            for one in message.calls
        ]
    return told


def _arguments(call: ToolCall) -> Any:
    """Templates write them as JSON themselves; what is none stays text."""
    try:
        return json.loads(call.arguments)
    except (ValueError, RecursionError):
        return call.arguments


class Calls:
    """Reads calls out of a text as it comes: everything outside of them is given out as text."""

    def __init__(self) -> None:
        self._held = ""
        self.count = 0

    def push(self, text: str) -> Iterator[Token | ToolCall]:
        self._held += text
        while (begin := self._held.find(OPEN)) >= 0:
            yield from _said(self._held[:begin])
            self._held = self._held[begin:]
            end = self._held.find(CLOSE)
            if end < 0:
                return
            body, self._held = self._held[len(OPEN) : end], self._held[end + len(CLOSE) :].lstrip("\n")
            self.count += 1
            yield _call(body)
        keep = next((n for n in range(len(OPEN) - 1, 0, -1) if self._held.endswith(OPEN[:n])), 0)
        given, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        yield from _said(given)

    def rest(self) -> Iterator[Token]:
        """At the end: a call that was cut is none, and nobody reads half of it."""
        held, self._held = self._held, ""
        if not held.startswith(OPEN):
            yield from _said(held)


def _said(text: str) -> Iterable[Token]:
    return [Token(text)] if text.strip("\n") else []


def _call(body: str) -> ToolCall:
    """What cannot be read is a call all the same: the model is told what was wrong with it."""
    number = f"call_{new_id().hex[-12:]}"
    try:
        found = json.loads(body)
        name, arguments = found["name"], found.get("arguments", found.get("parameters", {}))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ToolCall(number, "", body.strip()[:2_000])
    return ToolCall(number, str(name), json.dumps(arguments, ensure_ascii=False))


__all__ = ["Calls", "can_call", "harmless", "shown", "turn"]
