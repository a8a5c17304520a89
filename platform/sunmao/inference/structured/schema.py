"""Where a schema comes from, and what is a schema at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from sunmao.core.schemas import leads_outside
from sunmao.inference.structured.errors import SchemaRefused

LARGEST, DEEPEST = 64_000, 40


class Model(Protocol):
    """A pydantic model, known by what it can do: whoever gives none need not install pydantic."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]: ...


def schema_of(shape: Mapping[str, Any] | type[Model]) -> dict[str, Any]:
    """The JSON schema of a pydantic model, or a given one. Raises `SchemaRefused`.

    A schema is somebody's input: it has a size, it refers only to itself, and it is one.
    """
    schema = dict(shape) if isinstance(shape, Mapping) else shape.model_json_schema()
    try:
        if len(json.dumps(schema)) > LARGEST:
            raise SchemaRefused("too large")
        if any(depth > DEEPEST for _, depth in _parts(schema)):
            raise SchemaRefused("too deep")
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SchemaRefused(error.message[:200]) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaRefused("not JSON") from error
    if leads_outside(schema):
        raise SchemaRefused("it refers to another place")
    if any("unevaluatedProperties" in part for part, _depth in _parts(schema) if isinstance(part, dict)):
        raise SchemaRefused("unevaluatedProperties is not supported")
    return schema


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Whether every object is closed and needs all of its fields, as OpenAI's strict form demands."""
    objects = [
        part for part, _depth in _parts(schema) if isinstance(part, Mapping) and part.get("type") == "object"
    ]
    return all(
        one.get("additionalProperties") is False
        and set(one.get("required", ())) == set(one.get("properties", {}))
        for one in objects
    )


def _parts(value: Any, depth: int = 0) -> Iterator[tuple[Any, int]]:
    yield value, depth
    if depth > DEEPEST:
        return
    below = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for one in below:
        yield from _parts(one, depth + 1)


__all__ = ["is_strict", "schema_of"]
