"""From the fields of the rule editor to the settings of a playbook, for the portal and the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from verticals.contract_review.service import engine
from verticals.contract_review.service.errors import InvalidPlaybook


def settings_from(given: Mapping[str, str]) -> dict[str, Any]:
    """`shown.CODE` says that a rule was on the form, `on.CODE` that it is enabled, `score.CODE` and
    `threshold.CODE.NAME` its numbers. A rule that was not shown stays as it is shipped."""
    settings: dict[str, Any] = {"disabled": [], "thresholds": {}, "scores": {}}
    for row in engine.rules():
        if f"shown.{row.code}" not in given:
            continue
        if f"on.{row.code}" not in given:
            settings["disabled"].append(row.code)
        score = given.get(f"score.{row.code}", "")
        if score:
            settings["scores"][row.code] = int(_number(score, "scores"))
        own = {
            name: _number(given[f"threshold.{row.code}.{name}"], "thresholds")
            for name in row.thresholds
            if given.get(f"threshold.{row.code}.{name}")
        }
        if own:
            settings["thresholds"][row.code] = own
    return settings


def _number(text: str, field: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InvalidPlaybook(fields={field: _("must be numbers")}) from error
    return int(value) if value.is_integer() else value


__all__ = ["settings_from"]
