"""How a moderation service is asked and how its answer is read: OpenAI's, or JSON as settings describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Unreadable(ValueError):
    """The service answered something else than it should."""


@dataclass(frozen=True)
class Verdict:
    flagged: bool
    categories: tuple[str, ...] = ()


def request_of(options: Mapping[str, Any], *, text: str, direction: str) -> Any:
    if options["shape"] == "openai":
        return {"input": text, **({"model": options["model"]} if options["model"] else {})}
    return _filled(options["request"], {"$TEXT": text, "$DIRECTION": direction, "$MODEL": options["model"]})


def verdict_of(options: Mapping[str, Any], answer: Any) -> Verdict:
    """Raises `Unreadable`: what cannot be understood is no permission."""
    if options["shape"] == "openai":
        answer = at(answer, "results.0")
        return Verdict(_truth(at(answer, "flagged")), _names(at(answer, "categories")))
    return Verdict(_truth(at(answer, options["flagged"])), _names(_maybe(answer, options["categories"])))


def at(answer: Any, path: str) -> Any:
    """`data.items.0.blocked` of nested objects and lists."""
    for step in path.split("."):
        try:
            answer = answer[int(step)] if isinstance(answer, list) else answer[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Unreadable(f"no {path}") from error
    return answer


def _maybe(answer: Any, path: str) -> Any:
    try:
        return at(answer, path)
    except Unreadable:
        return ()


def _truth(value: Any) -> bool:
    """Services say it as a flag, as a word, or as a number of hits."""
    if isinstance(value, str):
        if value.lower() in _YES | _NO:
            return value.lower() in _YES
        raise Unreadable(f"neither yes nor no: {value[:40]}")
    if isinstance(value, bool | int | float):
        return bool(value)
    raise Unreadable("neither yes nor no")


_YES = {"true", "yes", "block", "blocked", "reject", "rejected", "flagged", "risky", "违规", "拒绝", "1"}
_NO = {"false", "no", "pass", "passed", "allow", "allowed", "ok", "safe", "none", "合规", "通过", "0"}


def _names(value: Any) -> tuple[str, ...]:
    """Categories come as names, or as an object that says which of them apply."""
    if isinstance(value, Mapping):
        return tuple(str(name)[:80] for name, applies in value.items() if applies)[:20]
    if isinstance(value, list | tuple):
        return tuple(str(name)[:80] for name in value)[:20]
    return (str(value)[:80],) if value else ()


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return values.get(template, template)
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    return template
