"""A request in the words of OpenAI's chat completions."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from sunmao.inference.engine import ChatMessage, GenerationRequest, Image, ToolCall, ToolSpec
from sunmao.inference.structured.schema import is_strict


def body_of(request: GenerationRequest, *, model: str) -> dict[str, Any]:
    """An adapter is a model of its own to a server, by its name."""
    body: dict[str, Any] = {
        "model": request.adapter or model,
        "messages": [message_of(one) for one in request.conversation],
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.seed is not None:
        body["seed"] = request.seed
    if request.tools:
        body["tools"] = [_tool(one) for one in request.tools]
    if request.schema is not None:
        body["response_format"] = _format(request.schema)
    return body


def message_of(message: ChatMessage) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.calls:
        told["tool_calls"] = [_call(one) for one in message.calls]
    if message.role == "tool":
        told["tool_call_id"] = message.call_id
    return told


def _content(message: ChatMessage) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content
    parts = [{"type": "image_url", "image_url": {"url": data_url(one)}} for one in message.images]
    return [*([{"type": "text", "text": message.content}] if message.content else []), *parts]


def data_url(image: Image) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _tool(spec: ToolSpec) -> dict[str, Any]:
    told = {"name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}
    return {"type": "function", "function": told}


def _format(schema: Mapping[str, Any]) -> dict[str, Any]:
    told = {"name": "answer", "schema": dict(schema), "strict": is_strict(schema)}
    return {"type": "json_schema", "json_schema": told}


__all__ = ["body_of", "data_url", "message_of"]
