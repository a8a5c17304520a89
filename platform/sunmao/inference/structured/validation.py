"""From what a model wrote to data, and what of it breaks the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sunmao.core.schemas import faults

MOST = 5
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class NotJson(ValueError):
    """`truncated`: it is the beginning of JSON."""

    def __init__(self, message: str, *, truncated: bool) -> None:
        super().__init__(message)
        self.truncated = truncated


def parsed(text: str) -> Any:
    """The JSON of an answer, also between fences or after a sentence. Raises `NotJson`."""
    fenced = _FENCE.match(text)
    body = (fenced[1] if fenced else text).strip()
    starts = [place for place in (body.find("{"), body.find("[")) if place >= 0]
    start = min(starts) if starts and body[:1] not in '"-0123456789tfn' else 0
    start = start if starts else 0
    try:
        found, _end = json.JSONDecoder(parse_constant=_refuse).raw_decode(body[start:])
    except RecursionError as error:
        raise NotJson("nested too deeply", truncated=False) from error
    except ValueError as error:
        raise NotJson(str(error), truncated=bool(starts) and _is_open(body[start:])) from error
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _is_open(text: str) -> bool:
    """Whether a string, an object or a list was begun and never ended."""
    depth, within, escaped = 0, False, False
    for sign in text:
        if escaped:
            escaped = False
        elif within:
            escaped, within = sign == "\\", sign != '"'
        elif sign == '"':
            within = True
        else:
            depth += (sign in "{[") - (sign in "}]")
    return within or depth > 0


def problems(schema: Mapping[str, Any], data: Any) -> list[str]:
    """The first few, each with its place: `/findings/0/severity: 'huge' is not one of …`."""
    found = sorted(faults(schema, data), key=lambda error: list(map(str, error.path)))
    return [f"/{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in found[:MOST]]


__all__ = ["NotJson", "parsed", "problems"]
