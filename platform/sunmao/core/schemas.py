"""A JSON schema or a pattern that somebody wrote, held against a text that somebody else wrote.

A reference to another place is never followed, a schema that leads back to itself ends, and a pattern has a
limit of time: some need longer than the universe for some texts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any

SECONDS = 1.0
_UNTIL: ContextVar[float] = ContextVar("until")
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class PatternTooSlow(ValueError):
    """It was not found out whether the pattern is there."""


def found(pattern: str, text: str, *, seconds: float = SECONDS) -> bool:
    """Raises `PatternTooSlow`; a pattern that is none is found nowhere."""
    import regex

    try:
        return regex.search(pattern, text, timeout=max(seconds, 0.001)) is not None
    except TimeoutError as error:
        raise PatternTooSlow(pattern[:80]) from error
    except (regex.error, RecursionError, OverflowError):
        return False


def leads_outside(schema: Any) -> bool:
    """Whether any part refers to another document."""
    return any(
        not str(part[name]).startswith("#") for part in _parts(schema) for name in REFERENCES if name in part
    )


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def faults(schema: Mapping[str, Any], data: Any, *, formats: bool = False) -> list[Any]:
    """What of the data breaks the schema, as jsonschema's `ValidationError`s; one that says why, where the
    schema cannot be held against anything."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable

    if any("unevaluatedProperties" in part for part in _parts(schema)):
        # jsonschema searches for these with patterns of its own, without a limit
        return [ValidationError("unevaluatedProperties is not supported", validator="unevaluatedProperties")]
    checker = Draft202012Validator.FORMAT_CHECKER if formats else None
    given = _UNTIL.set(time.monotonic() + SECONDS)
    try:
        held = _validator()(dict(schema), registry=REGISTRY, format_checker=checker)
        return list(held.iter_errors(data))
    except Unresolvable:
        return [ValidationError("the schema refers to what is not in it", validator="$ref")]
    except RecursionError:
        return [ValidationError("the schema, or the value, leads too deep", validator="$ref")]
    except PatternTooSlow:
        return [ValidationError("a pattern of the schema takes too long", validator="pattern")]
    finally:
        _UNTIL.reset(given)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    own = {"pattern": _pattern, "patternProperties": _named, "additionalProperties": _others}
    return extend(Draft202012Validator, own)


def _is_there(pattern: Any, text: str) -> bool:
    return found(str(pattern), text, seconds=_UNTIL.get() - time.monotonic())


def _pattern(validator: Any, pattern: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if validator.is_type(instance, "string") and not _is_there(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _named(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, part in patterns.items():
        for name, value in instance.items():
            if _is_there(pattern, name):
                yield from validator.descend(value, part, path=name, schema_path=pattern)


def _others(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if not validator.is_type(instance, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [
        name for name in instance if name not in known and not any(_is_there(one, name) for one in patterns)
    ]
    if isinstance(wanted, dict):
        for name in extra:
            yield from validator.descend(instance[name], wanted, path=name)
    elif wanted is False and extra:
        told = ", ".join(repr(name) for name in sorted(map(str, extra)))
        yield ValidationError(f"Additional properties are not allowed ({told} not known)")


__all__ = ["PatternTooSlow", "faults", "found", "leads_outside"]
