"""Reading checks, and applying them to an answer.

A check is `{"kind": "contains", "all": ["seven days"]}`: its kind and the parameters of that kind. A kind is
a `Kind`: what its parameters must be, and a function from an answer and the parameters to a `Checked`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer as checks see it. `read` and `cited` are names of documents in their order."""

    text: str
    outcome: str
    language: str = "zh"
    findings: Sequence[Mapping[str, Any]] = ()
    read: Sequence[str] = ()
    cited: Sequence[str] = ()
    seconds: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Checked:
    """`score` is the figure that a limit is compared with, where the kind has one; `why` says what was
    found, in figures and names rather than in sentences."""

    passed: bool
    why: str = ""
    score: float | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`parameters` maps a name to the function that reads it: it gives the value, or raises `ValueError`."""

    title: Message
    check: Callable[[Answered, Mapping[str, Any]], Checked]
    required: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    optional: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()


@cache
def kinds() -> Mapping[str, Kind]:
    from sunmao.evaluation.checks import conduct, likeness, sources, wording

    found: dict[str, Kind] = {}
    for module in (wording, sources, conduct, likeness):
        found |= module.KINDS
    return found


MOST = 20


def checked(given: object, *, field_name: str = "checks") -> list[dict[str, Any]]:
    """Checks as they are stored. Raises `InvalidInput` naming the check and the parameter that is wrong."""
    if not isinstance(given, list) or len(given) > MOST:
        raise _wrong(field_name, _("must be a list of at most 20 checks"))
    if not given:
        raise _wrong(field_name, _("is empty"))
    return [_one(f"{field_name}[{place}]", check) for place, check in enumerate(given)]


def _one(where: str, check: object) -> dict[str, Any]:
    if not isinstance(check, Mapping) or check.get("kind") not in kinds():
        raise _wrong(where, _("is of no known kind"))
    kind = kinds()[check["kind"]]
    allowed = {**kind.required, **kind.optional}
    for name in check:
        if name != "kind" and name not in allowed:
            raise _wrong(f"{where}.{name}", _("is no parameter of this kind"))
    for name in kind.required:
        if name not in check:
            raise _wrong(f"{where}.{name}", _("is missing"))
    if kind.any_of and not any(name in check for name in kind.any_of):
        raise _wrong(f"{where}.{kind.any_of[0]}", _("is missing"))
    read: dict[str, Any] = {"kind": check["kind"]}
    for name, value in check.items():
        if name != "kind":
            try:
                read[str(name)] = allowed[name](value)
            except ValueError:
                raise _wrong(f"{where}.{name}", _("is not what this parameter can be")) from None
    return read


def _wrong(where: str, what: Message) -> InvalidInput:
    return InvalidInput(_("A check cannot be used."), fields={where: what}, code="invalid_check")


def apply(checks: Sequence[Mapping[str, Any]], answered: Answered) -> list[dict[str, Any]]:
    """What each check found, as it is stored: its kind, whether it passed, why, and the score."""
    found = []
    for check in checks:
        told = kinds()[check["kind"]].check(answered, check)
        found.append({"kind": check["kind"], "passed": told.passed, "why": told.why, "score": told.score})
    return found


__all__ = ["Answered", "Checked", "Kind", "apply", "checked", "kinds"]
