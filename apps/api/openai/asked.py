"""Reading a request of chat completions. Every field is understood, or refused by its name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.api.openai.errors import Unsupported
from sunmao.answering.given import Given
from sunmao.core.errors import InvalidInput
from sunmao.inference.engine import ChatMessage, Image, Role, ToolCall, ToolSpec
from sunmao.inference.structured import schema_of

MOST_MESSAGES, MOST_IMAGES, MOST_TOOLS, MOST_STOPS, MOST_TOKENS = 200, 8, 64, 4, 16_384
TOKENS = 800
IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
OPTIONS = ("base", "top_k", "as_of", "version", "conversation_id")
# What asks for nothing that we do: accepted with these values, refused with any other.
_NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "top_p": (None, 1),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "logprobs": (None, False),
    "top_logprobs": (None, 0),
    "logit_bias": (None, {}),
    "parallel_tool_calls": (None, True),
    "tool_choice": (None, "auto"),
    "store": (None, False),
    "modalities": (None, ["text"]),
    "service_tier": (None, "auto", "default"),
}
_READ = (
    "model", "messages", "stream", "stream_options", "temperature", "max_tokens", "max_completion_tokens",
    "stop", "seed", "tools", "response_format", "user", "metadata", "sunmao",
)  # fmt: skip
_STREAM_OPTIONS = {"include_usage", "include_obfuscation"}
_DATA_URL = re.compile(r"data:([a-z]+/[a-z0-9.+-]+);base64,(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`chosen` are the fields that were given: what a task cannot honour is refused by its name."""

    model: str
    given: Given
    stream: bool = False
    usage: bool = False
    user: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()


def read(data: object) -> Asked:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("The input must be a JSON object."))
    _check_names(data)
    temperature = _number(data, "temperature", 0.7, 0.0, 2.0)
    limit = "max_completion_tokens" if data.get("max_completion_tokens") is not None else "max_tokens"
    given = Given(
        messages=_messages(data.get("messages")),
        tools=_tools(data.get("tools")),
        schema=_schema(data.get("response_format")),
        stop=_stops(data.get("stop")),
        seed=_whole(data, "seed", None, -(2**63), 2**63 - 1),
        temperature=float(temperature),
        max_tokens=_whole(data, limit, TOKENS, 1, MOST_TOKENS) or TOKENS,
        model=_text(data, "model"),
    )
    stream_options = data.get("stream_options") or {}
    if not isinstance(stream_options, Mapping) or set(stream_options) - {
        "include_usage",
        "include_obfuscation",
    }:
        raise InvalidInput(fields={"stream_options": _("takes only include_usage")})
    return Asked(
        model=given.model,
        given=given,
        stream=_flag(data, "stream"),
        usage=_flag(stream_options, "include_usage"),
        user=_text(data, "user", required=False),
        options=_options(data.get("sunmao")),
        chosen=frozenset(name for name, value in data.items() if value not in (None, [], {})),
    )


def _check_names(data: Mapping[str, Any]) -> None:
    for name, value in data.items():
        if name in _NEUTRAL:
            if not any(value == one and type(value) in (type(one), float) for one in _NEUTRAL[name]):
                raise Unsupported(name, _("can only be left at its default"))
        elif name not in _READ:
            raise Unsupported(str(name), _("is not known here"))


def _text(data: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value) or len(value) > 200 or not value.isprintable():
        raise InvalidInput(fields={name: _("must be text of at most 200 characters")})
    return value


def _flag(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(fields={name: _("must be true or false")})
    return bool(value)


def _number(data: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = data.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidInput(fields={name: _("must be a number from 0 to 2")})
    return value


def _whole(data: Mapping[str, Any], name: str, default: int | None, least: int, most: int) -> int | None:
    value = data.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(fields={name: _("is not a whole number within its limits")})
    return value


def _stops(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value or []
    if (
        not isinstance(found, list)
        or len(found) > MOST_STOPS
        or not all(isinstance(s, str) and s for s in found)
    ):
        raise InvalidInput(fields={"stop": _("must be one to four texts")})
    return tuple(found)


def _options(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or set(value) - set(OPTIONS):
        raise InvalidInput(fields={"sunmao": _("takes only base, top_k, as_of, version and conversation_id")})
    return {name: one for name, one in value.items() if one is not None}


def _messages(value: Any) -> tuple[ChatMessage, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_MESSAGES:
        raise InvalidInput(fields={"messages": _("must be a list of 1 to 200 messages")})
    messages = tuple(_message(one, f"messages.{place}") for place, one in enumerate(value))
    if sum(len(one.images) for one in messages) > MOST_IMAGES:
        raise InvalidInput(fields={"messages": _("hold more than 8 pictures")})
    if not any(one.role == "user" for one in messages):
        raise InvalidInput(fields={"messages": _("hold no message of the user")})
    return messages


def _message(one: Any, place: str) -> ChatMessage:
    if not isinstance(one, Mapping) or not isinstance(one.get("role"), str) or one["role"] not in ROLES:
        raise InvalidInput(fields={place: _("has no role that is known")})
    text, images = _content(one.get("content"), place)
    role, call_id = ROLES[one["role"]], one.get("tool_call_id") or ""
    calls = _calls(one.get("tool_calls"), place) if role == "assistant" else ()
    if not isinstance(call_id, str) or (role == "tool" and not call_id):
        raise InvalidInput(fields={place: _("does not say which call it answers")})
    if images and role != "user":
        raise InvalidInput(fields={place: _("is not the user's, and has a picture")})
    return ChatMessage(role=role, content=text, images=images, calls=calls, call_id=call_id)


def _content(value: Any, place: str) -> tuple[str, tuple[Image, ...]]:
    if value is None or isinstance(value, str):
        return value or "", ()
    wrong = InvalidInput(fields={place: _("must be text, or parts with text or pictures")})
    if not isinstance(value, list):
        raise wrong
    texts, images = [], []
    for part in value:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind == "image_url" and isinstance(part.get("image_url"), Mapping):
            images.append(_image(part["image_url"].get("url"), place))
        else:
            raise wrong
    return "\n".join(texts), tuple(images)


def _image(url: Any, place: str) -> Image:
    """Only what the request itself carries: nothing is fetched for a caller from anywhere."""
    found = _DATA_URL.fullmatch(url) if isinstance(url, str) else None
    if found is None or found[1] not in IMAGE_TYPES:
        raise InvalidInput(fields={place: _("must carry a picture as a data URL: PNG, JPEG, WebP or GIF")})
    try:
        return Image(base64.b64decode(found[2], validate=True), found[1])
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(fields={place: _("has a picture that is not base64")}) from error


def _calls(value: Any, place: str) -> tuple[ToolCall, ...]:
    try:
        found = tuple(
            ToolCall(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in value or ()
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(fields={place: _("has a call that is incomplete")}) from error
    if not all(isinstance(text, str) for call in found for text in (call.id, call.name, call.arguments)):
        raise InvalidInput(fields={place: _("has a call that is incomplete")})
    return found


def _tools(value: Any) -> tuple[ToolSpec, ...]:
    rows = value or []
    if not isinstance(rows, list) or len(rows) > MOST_TOOLS:
        raise InvalidInput(fields={"tools": _("must be a list of at most 64 functions")})
    return tuple(_tool(one, f"tools.{place}") for place, one in enumerate(rows))


def _tool(one: Any, place: str) -> ToolSpec:
    told = one.get("function") if isinstance(one, Mapping) and one.get("type") == "function" else None
    if not isinstance(told, Mapping) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(told.get("name", ""))):
        raise InvalidInput(fields={place: _("is no function with a name")})
    parameters, description = told.get("parameters") or {"type": "object"}, told.get("description") or ""
    if not isinstance(parameters, Mapping) or not isinstance(description, str):
        raise InvalidInput(fields={place: _("is no function with a schema")})
    return ToolSpec(name=told["name"], description=description, parameters=schema_of(parameters))


def _schema(value: Any) -> Mapping[str, Any] | None:
    kind = value.get("type") if isinstance(value, Mapping) else None
    if value is None or kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    told = value.get("json_schema") if kind == "json_schema" and isinstance(value, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(told.get("schema"), Mapping):
        raise InvalidInput(
            fields={"response_format": _("must be text, json_object, or json_schema with a schema")}
        )
    return schema_of(told["schema"])


__all__ = ["Asked", "read"]
