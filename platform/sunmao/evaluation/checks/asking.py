"""Reading checks, and applying them to an answer.

A check is `{"kind": "contains", "all": ["seven days"]}`: its kind and the parameters of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.evaluation.checks import conduct, likeness, opinions, sources, wording
from sunmao.evaluation.checks.kind import Answered, Kind

KINDS: Mapping[str, Kind] = {
    name: kind
    for module in (wording, sources, conduct, likeness, opinions)
    for name, kind in module.KINDS.items()
}
MOST = 20
NOT_ASKED = "rules"
"""Why a judge said nothing: a rule was broken before."""


def checked(given: object, *, field_name: str = "checks") -> list[dict[str, Any]]:
    """Checks as they are stored. Raises `InvalidInput` naming the check and the parameter that is wrong."""
    if not isinstance(given, list) or len(given) > MOST:
        raise _wrong(field_name, _("must be a list of at most 20 checks"))
    if not given:
        raise _wrong(field_name, _("is empty"))
    return [_one(f"{field_name}[{place}]", check) for place, check in enumerate(given)]


def _one(where: str, check: object) -> dict[str, Any]:
    if not isinstance(check, Mapping) or check.get("kind") not in KINDS:
        raise _wrong(where, _("is of no known kind"))
    kind = KINDS[check["kind"]]
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
    """What each check found, as it is stored: its kind, whether it passed, why, and the score.

    Rules first: an answer that breaks one is judged by no model.
    """
    found: list[dict[str, Any] | None] = [
        None if KINDS[check["kind"]].is_opinion else _found(check, answered) for check in checks
    ]
    broken = any(one is not None and not one["passed"] for one in found)
    return [
        one if one is not None else _not_asked(check) if broken else _found(check, answered)
        for one, check in zip(found, checks, strict=True)
    ]


def _found(check: Mapping[str, Any], answered: Answered) -> dict[str, Any]:
    told = KINDS[check["kind"]].check(answered, check)
    found = {"kind": check["kind"], "passed": told.passed, "why": told.why, "score": told.score}
    return {**found, "label": list(told.label)} if told.label else found


def _not_asked(check: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": check["kind"], "passed": False, "why": NOT_ASKED, "score": None}


def judges_in(checks: Sequence[Mapping[str, Any]]) -> set[str]:
    """The slugs of the judges whose opinion is asked for."""
    return {check["judge"] for check in checks if KINDS[check["kind"]].is_opinion}


__all__ = ["KINDS", "NOT_ASKED", "apply", "checked", "judges_in"]
