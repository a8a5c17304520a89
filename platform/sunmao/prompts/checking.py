"""The checks of a case, as pure rules: what an answer must say, must not say, and how it must look."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sunmao.core.schemas import PatternTooSlow, faults, found, leads_outside
from sunmao.core.texts import sound, storable
from sunmao.guards.outbound.numbers import figures

MOST_CHECKS, LONGEST_VALUE, LONGEST_PATTERN = 20, 20_000, 300


@dataclass(frozen=True)
class Checked:
    kind: str
    passed: bool
    expected: str
    found: str = ""

    def as_dict(self) -> dict[str, Any]:
        return vars(self).copy()


class BadCheck(ValueError):
    """A check that cannot be carried out; its text says why."""


Check = Callable[[str, Any], tuple[bool, str]]


def _contains(text: str, wanted: Any) -> tuple[bool, str]:
    missing = [word for word in _words(wanted) if _plain(word) not in _plain(text)]
    return not missing, ", ".join(missing)


def _forbidden(text: str, unwanted: Any) -> tuple[bool, str]:
    said = [word for word in _words(unwanted) if _plain(word) in _plain(text)]
    return not said, ", ".join(said)


def _regex(text: str, pattern: Any) -> tuple[bool, str]:
    try:
        return found(str(pattern), text), ""
    except PatternTooSlow:
        return False, "timeout"


def _max_length(text: str, most: Any) -> tuple[bool, str]:
    return len(text.strip()) <= int(most), str(len(text.strip()))


def _numbers(text: str, wanted: Any) -> tuple[bool, str]:
    """Every figure occurs, however it is written: 12.5 %, 0.125 and 百分之十二点五 are one."""
    said = {value for _shown, value in figures(text, every=True)}
    missing = [str(one) for one in _rows(wanted) if not _values(str(one)) & said]
    return not missing, ", ".join(missing)


def _values(written: str) -> set[Decimal]:
    return {value for _shown, value in figures(written)}


def _equals(text: str, wanted: Any) -> tuple[bool, str]:
    return _plain(text).strip(" .。") == _plain(str(wanted)).strip(" .。"), text.strip()[:200]


def _json_schema(text: str, schema: Any) -> tuple[bool, str]:
    data = json_in(text)
    if data is NOTHING:
        return False, "no JSON"
    error = next(iter(faults(schema, data)), None)
    return error is None, error.message[:200] if error else ""


CHECKS: Mapping[str, Check] = {
    "contains": _contains,
    "forbidden": _forbidden,
    "regex": _regex,
    "json_schema": _json_schema,
    "numbers": _numbers,
    "max_length": _max_length,
    "equals": _equals,
}


class Nothing:
    """No JSON was found: None is a value of JSON."""


NOTHING = Nothing()


def json_in(text: str) -> Any:
    """The first JSON value in an answer, also between fences."""
    stripped = re.sub(r"^\s*```\w*\s*|\s*```\s*$", "", text)
    for start in (match.start() for match in re.finditer(r"[{\[]", stripped)):
        try:
            return json.JSONDecoder().raw_decode(stripped[start:])[0]
        except (ValueError, RecursionError):
            continue
    return NOTHING


def checks_of(given: object) -> list[dict[str, Any]]:
    """`[{"kind": "contains", "value": ["30 days"]}]`, checked. Raises `BadCheck`."""
    if not isinstance(given, list) or len(given) > MOST_CHECKS:
        raise BadCheck("list")
    return [_sound(one) for one in given]


def _sound(one: object) -> dict[str, Any]:
    if not isinstance(one, Mapping) or one.get("kind") not in CHECKS or "value" not in one:
        raise BadCheck(sound(str(one))[:80])
    kind, value = str(one["kind"]), one["value"]
    written = json.dumps(value, ensure_ascii=False)
    if len(written) > LONGEST_VALUE or not storable(written):
        raise BadCheck(kind)
    if not _fits(kind, value):
        raise BadCheck(kind)
    return {"kind": kind, "value": value}


def _fits(kind: str, value: Any) -> bool:
    if kind == "max_length":
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 100_000
    if kind == "regex":
        return isinstance(value, str) and _compiles(value)
    if kind == "json_schema":
        return is_schema(value)
    if kind == "numbers":
        return bool(_rows(value)) and all(_values(str(one)) for one in _rows(value))
    if kind == "equals":
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    return bool(_words(value))


def is_schema(value: object) -> bool:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        json.dumps(value)
        Draft202012Validator.check_schema(value)
    except (SchemaError, RecursionError, TypeError, ValueError):
        return False
    if not isinstance(value, dict) or leads_outside(value):  # nothing is fetched from elsewhere
        return False
    return all(_compiles(pattern) for pattern in _patterns(value))


def _patterns(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        names = value.get("patternProperties")
        yield from names if isinstance(names, dict) else ()
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _patterns(one)


_NESTED = re.compile(r"\([^()]*[+*}][^()]*\)\s*[+*{]")


def _compiles(pattern: str) -> bool:
    """Patterns that repeat a repetition may take for ever, and are not taken."""
    if len(pattern) > LONGEST_PATTERN or _NESTED.search(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def check(text: str, checks: Iterable[Mapping[str, Any]]) -> list[Checked]:
    return [_one(text, one) for one in checks]


def _one(text: str, one: Mapping[str, Any]) -> Checked:
    kind, value = one["kind"], one["value"]
    passed, found = CHECKS[kind](text[:LONGEST_VALUE], value)
    return Checked(kind, passed, _shown(value), found)


def _shown(value: Any) -> str:
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said[:200]


def passes(results: Sequence[Checked]) -> bool:
    return all(one.passed for one in results)


def _words(value: Any) -> list[str]:
    return [str(one) for one in _rows(value) if isinstance(one, str | int | float) and str(one).strip()]


def _rows(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value in (None, "") else [value]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", str(text)).casefold().split())


__all__ = ["CHECKS", "NOTHING", "BadCheck", "Checked", "check", "checks_of", "is_schema", "json_in", "passes"]
