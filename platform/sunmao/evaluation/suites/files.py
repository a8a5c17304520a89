"""Cases as JSON lines: `{"input": {"question": …}, "checks": [{"kind": …}], "slices": […]}`. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message, TooLong
from sunmao.evaluation.models import Case, Origin
from sunmao.evaluation.suites.editing import MOST, NewCase

NAMES = ("input", "checks", "slices")


def read(text: str) -> list[NewCase]:
    """Raises `InvalidInput` with the number of every line that is no case, and what is wrong with it."""
    cases, wrong = [], {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        told = _case(line)
        if isinstance(told, NewCase):
            cases.append(told)
        else:
            wrong[f"line {number}"] = told
    if wrong:
        shown = dict(list(wrong.items())[:50])
        raise InvalidInput(_("Some lines are no cases."), code="invalid_case", fields=shown)
    if len(cases) > MOST:
        raise TooLong(_("A suite has at most 5,000 cases."), code="too_many_cases")
    return cases


def _case(line: str) -> NewCase | Message:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        return _("is not readable")
    if not isinstance(given, dict) or not isinstance(given.get("input"), dict):
        return _("has no input")
    if not isinstance(given.get("checks"), list) or not isinstance(given.get("slices", []), list):
        return _("has no checks")
    if any(name not in NAMES for name in given):
        return _("has a field that is none of a case")
    return NewCase(
        data=given["input"], checks=given["checks"], slices=given.get("slices", []), origin=Origin.FILE
    )


def written(cases: Iterable[Case]) -> str:
    """What `read` reads."""
    return "".join(json.dumps(_line(case), ensure_ascii=False, sort_keys=True) + "\n" for case in cases)


def _line(case: Case) -> dict[str, Any]:
    return {"input": case.data, "checks": case.checks, "slices": case.slices}


__all__ = ["read", "written"]
