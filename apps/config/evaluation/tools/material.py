"""Cases of the Berkeley Function-Calling Leaderboard as our schemas and calls."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sunmao.inference.engine import ToolSpec

_TYPES = {
    "dict": "object",
    "float": "number",
    "tuple": "array",
    "list": "array",
    "str": "string",
    "int": "integer",
}
OMITTED = ""
"""Among the allowed values it says that the argument may be left out."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """`gold` holds, for every expected call, the tool and the values that each argument may have; None where
    the file names no calls, and nothing of the offered tools fits."""

    id: str
    kind: str
    question: str
    tools: tuple[ToolSpec, ...]
    gold: tuple[tuple[str, Mapping[str, Sequence[Any]]], ...] | None


def cases(files: Sequence[str]) -> list[Case]:
    """Files without questions (descriptions of functions) and with several turns hold no such case."""
    return [case for name in files for case in _cases(Path(name))]


def _cases(file: Path) -> Iterator[Case]:
    for line in file.read_text(encoding="utf-8").splitlines():
        read = json.loads(line) if line.strip() else {}
        if "function" not in read or len(read["question"]) != 1:
            continue
        yield Case(
            id=read["id"],
            kind=file.stem.removesuffix("_dev"),
            question="\n".join(turn["content"] for turn in read["question"][0]),
            tools=tuple(_spec(one) for one in read["function"]),
            gold=_gold(read.get("ground_truth")),
        )


def _spec(function: Mapping[str, Any]) -> ToolSpec:
    schema = schema_of(function["parameters"])
    return ToolSpec(
        name=function["name"],
        description=function.get("description", ""),
        parameters={**schema, "additionalProperties": False},
    )


def schema_of(given: Any) -> Any:
    """Names of Python types become those of JSON schema; `any` says nothing. A default that the description
    gives may also be said, whatever type it names."""
    if not isinstance(given, dict):
        return given
    found = {
        name: {key: schema_of(inner) for key, inner in value.items()} if name == "properties" else value
        for name, value in given.items()
        if name in ("properties", "required", "enum", "description", "default", "minimum", "maximum")
    }
    if (kind := given.get("type")) and kind != "any":
        found["type"] = _TYPES.get(kind, kind)
    if "items" in given:
        found["items"] = schema_of(given["items"])
    if "default" in given and not _is_valid(given["default"], found):
        return {"anyOf": [found, {"const": given["default"]}]}
    return found


def _is_valid(value: Any, schema: dict[str, Any]) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


def _gold(truth: Any) -> tuple[tuple[str, Mapping[str, Sequence[Any]]], ...] | None:
    return None if truth is None else tuple((name, values) for call in truth for name, values in call.items())


def calls_of(
    allowed: Mapping[str, Sequence[Any]], required: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """The call with the first value of everything, then for every other allowed value one that has it.

    What is required cannot be left out: there `OMITTED` is an empty text if nothing else is allowed.
    """
    values = {name: _said(found, name in required) for name, found in allowed.items()}
    first = {name: _value(found[0]) for name, found in values.items() if found and found[0] is not _LEFT_OUT}
    yield first
    for name, found in values.items():
        for value in found[1:]:
            rest = {key: one for key, one in first.items() if key != name}
            yield rest if value is _LEFT_OUT else {**rest, name: _value(value)}


_LEFT_OUT = object()


def _said(values: Sequence[Any], required: bool) -> list[Any]:
    if required:
        return [value for value in values if value != OMITTED] or list(values)
    return [_LEFT_OUT if value == OMITTED else value for value in values]


def _value(value: Any) -> Any:
    """Inside an allowed value, an object's members are lists of allowed values again."""
    if isinstance(value, dict):
        return {
            name: _value(inner[0]) if isinstance(inner, list) and inner else inner
            for name, inner in value.items()
            if not (isinstance(inner, list) and inner and inner[0] == OMITTED)
        }
    return [_value(one) for one in value] if isinstance(value, list) else value
