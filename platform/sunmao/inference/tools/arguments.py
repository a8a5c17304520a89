"""Arguments as a model wrote them: read strictly, corrected where only one thing can be meant, checked.

What is corrected: spaces at the ends, full-width signs, numbers and truth values written as text, dates in
the usual notations, and the case of a choice. Amounts of money (`x-money` in the schema) never are.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from sunmao.core.schemas import faults
from sunmao.inference.tools.problems import Invalid, Problem, ToolFault

LONGEST = 20_000
DEEPEST = 20
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,12})?")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_HAN = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_COUNTED = re.compile(r"([零〇一二两三四五六七八九十])[件个份位次天条张只项]?")
_TRUTH = {"true": True, "false": False}


def parsed(text: str) -> dict[str, Any]:
    """One JSON object, in one code fence at most. Raises `ToolFault` with `parse_error`."""
    if len(text) > LONGEST:
        raise ToolFault("parse_error", "The arguments are too long.")
    fenced = _FENCE.match(text)
    try:
        found = json.loads(fenced[1] if fenced else text or "{}", parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ToolFault("parse_error", "The arguments must be one JSON object and nothing else.") from error
    if not isinstance(found, dict):
        raise ToolFault("parse_error", "The arguments must be one JSON object and nothing else.")
    if _depth(found) > DEEPEST:
        raise ToolFault("parse_error", "The arguments are nested too deeply.")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting += [(child, depth + 1) for child in inner]
    return deepest


def checked(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Corrected where that is safe, then held against the schema. Raises `Invalid` with everything wrong."""
    corrected = _corrected(dict(arguments), schema)
    problems = [_problem(error) for error in faults(schema, corrected, formats=True)]
    if problems:
        raise Invalid(sorted(problems, key=lambda one: one.path))
    return corrected  # type: ignore[no-any-return]


def is_schema(schema: object) -> bool:
    """Whether arguments can be held against it: an object's schema that refers to nothing outside itself."""
    if not isinstance(schema, dict) or schema.get("type") != "object" or _depth(schema) > 3 * DEEPEST:
        return False
    if any(not reference.startswith("#") for reference in _references(schema)):
        return False
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return True


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        own = [str(schema[name]) for name in ("$ref", "$dynamicRef", "$schema") if name in schema]
        own = [one for one in own if not one.startswith("https://json-schema.org/")]
        return own + [one for inner in schema.values() for one in _references(inner)]
    return [one for inner in schema for one in _references(inner)] if isinstance(schema, list) else []


def _problem(error: ValidationError) -> Problem:
    allowed = error.validator_value if error.validator == "enum" else ()
    if error.validator == "additionalProperties":
        allowed = sorted((error.schema or {}).get("properties", {}))
    return Problem(
        path=".".join(str(part) for part in error.absolute_path),
        rule=str(error.validator),
        message=error.message[:300],
        allowed=allowed,
    )


def _corrected(value: Any, schema: Mapping[str, Any]) -> Any:
    if schema.get("x-money"):
        return value
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        return {name: _corrected(inner, known.get(name, rest)) for name, inner in value.items()}
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_corrected(one, items if isinstance(items, dict) else {}) for one in value]
    return _of_text(value, schema) if isinstance(value, str) else value


def _of_text(text: str, schema: Mapping[str, Any]) -> Any:
    kinds = _types(schema)
    plain = unicodedata.normalize("NFKC", text).strip()
    if "enum" in schema:
        return _choice(text, plain, schema["enum"])
    if "string" in kinds or not kinds:
        return _day(plain) if _is_day(schema) else _half_width(text) if kinds else text
    if "integer" in kinds and _WHOLE.fullmatch(plain):
        return int(plain)
    if "integer" in kinds and (counted := _COUNTED.fullmatch(plain)):
        return _HAN[counted[1]]
    if "number" in kinds and _NUMBER.fullmatch(plain):
        return int(plain) if _WHOLE.fullmatch(plain) else float(plain)
    if "boolean" in kinds:
        return _TRUTH.get(plain.lower(), text)
    return text


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    """Also those of `anyOf`, as an optional argument has them."""
    own = schema.get("type", ())
    found = {own} if isinstance(own, str) else set(own)
    for one in schema.get("anyOf", ()):
        found |= _types(one)
    return frozenset(found)


def _is_day(schema: Mapping[str, Any]) -> bool:
    return schema.get("format") == "date" or any(_is_day(one) for one in schema.get("anyOf", ()))


def _choice(text: str, plain: str, choices: list[Any]) -> Any:
    if text in choices:
        return text
    alike = [one for one in choices if isinstance(one, str) and one.casefold() == plain.casefold()]
    return alike[0] if len(alike) == 1 else text


def _half_width(text: str) -> str:
    """Full-width digits and letters as the others are; Chinese punctuation stays what it is."""
    wide = "".join(
        chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
    )
    return text.strip().translate({ord(sign): unicodedata.normalize("NFKC", sign) for sign in wide})


def _day(plain: str) -> str:
    found = _DAY.fullmatch(plain)
    if not found:
        return plain
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return plain


__all__ = ["checked", "is_schema", "parsed"]
