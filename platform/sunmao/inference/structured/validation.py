"""From what a model wrote to data, and what of it breaks the schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import regex
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

MOST = 5
PATTERN_SECONDS = 0.2
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


def _matches(pattern: str, text: str) -> bool:
    """Who writes the schema also says what the model is to write: a pattern may be made to run for ever."""
    try:
        return regex.search(pattern, text, timeout=PATTERN_SECONDS) is not None
    except (regex.error, TimeoutError):
        return False


def _pattern(_validator: Any, pattern: str, data: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(data, str) and not _matches(pattern, data):
        yield ValidationError(f"{data!r} does not match {pattern!r}")


def _patterns(validator: Any, patterns: Mapping[str, Any], data: Any, _schema: Any) -> Iterator[Any]:
    for name, value in data.items() if isinstance(data, dict) else ():
        for pattern in patterns:
            if _matches(pattern, name):
                yield from validator.descend(value, patterns[pattern], path=name, schema_path=pattern)


def _others(validator: Any, wanted: Any, data: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in data.items() if isinstance(data, dict) else ():
        if name in named or any(_matches(pattern, name) for pattern in patterns):
            continue
        if wanted is False:
            yield ValidationError(f"{name!r} is not a field of it", path=[name])
        else:
            yield from validator.descend(value, wanted, path=name)


_Validator = extend(
    Draft202012Validator,
    {"pattern": _pattern, "patternProperties": _patterns, "additionalProperties": _others},
)


def problems(schema: Mapping[str, Any], data: Any) -> list[str]:
    """The first few, each with its place: `/findings/0/severity: 'huge' is not one of …`."""
    try:
        found = sorted(_Validator(schema).iter_errors(data), key=lambda error: list(map(str, error.path)))
    except RecursionError:
        return ["/: the schema refers to itself without end"]
    return [f"/{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in found[:MOST]]


__all__ = ["NotJson", "parsed", "problems"]
