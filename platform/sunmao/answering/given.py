"""A conversation as a caller sends it, and as its row keeps it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sunmao.inference.engine import ChatMessage, Image, ToolCall, ToolSpec


@dataclass(frozen=True, kw_only=True)
class Given:
    """`schema` is what the answer must satisfy; `temperature` and the limits are the engine's words."""

    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolSpec, ...] = ()
    schema: Mapping[str, Any] | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    temperature: float = 0.7
    max_tokens: int = 800
    model: str = ""
    ignored: tuple[str, ...] = field(default=())

    @property
    def question(self) -> str:
        """The last thing that the person said."""
        return next((one.content for one in reversed(self.messages) if one.role == "user"), "")

    @property
    def earlier(self) -> list[str]:
        """What the person said before that, the oldest first."""
        said = [one.content for one in self.messages if one.role == "user" and one.content]
        return said[:-1]


def stored(given: Given) -> dict[str, Any]:
    return {
        "messages": [_stored_message(one) for one in given.messages],
        "tools": [
            {"name": one.name, "description": one.description, "parameters": dict(one.parameters)}
            for one in given.tools
        ],
        "schema": given.schema,
        "stop": list(given.stop),
        "seed": given.seed,
        "temperature": given.temperature,
        "max_tokens": given.max_tokens,
        "model": given.model,
        "ignored": list(given.ignored),
    }


def of_stored(row: Mapping[str, Any]) -> Given:
    """An erased row gives a conversation without words."""
    return Given(
        messages=tuple(_message(one) for one in row.get("messages", ())),
        tools=tuple(ToolSpec(**one) for one in row.get("tools", ())),
        schema=row.get("schema"),
        stop=tuple(row.get("stop", ())),
        seed=row.get("seed"),
        temperature=row.get("temperature", 0.7),
        max_tokens=row.get("max_tokens", 800),
        model=row.get("model", ""),
        ignored=tuple(row.get("ignored", ())),
    )


def _stored_message(one: ChatMessage) -> dict[str, Any]:
    return {
        "role": one.role,
        "content": one.content,
        "images": [[base64.b64encode(image.data).decode(), image.media_type] for image in one.images],
        "calls": [[call.id, call.name, call.arguments] for call in one.calls],
        "call_id": one.call_id,
    }


def _message(row: Mapping[str, Any]) -> ChatMessage:
    images: Sequence[tuple[str, str]] = row.get("images", ())
    return ChatMessage(
        role=row["role"],
        content=row["content"],
        images=tuple(Image(base64.b64decode(data), kind) for data, kind in images),
        calls=tuple(ToolCall(*call) for call in row.get("calls", ())),
        call_id=row.get("call_id", ""),
    )


__all__ = ["Given", "of_stored", "stored"]
