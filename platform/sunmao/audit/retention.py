"""How long entries are kept. A class is a legal duty; settings may only lengthen it.

A vertical or one of its tasks names the class of what it does (`core.vertical`); the rest is `standard`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message, NotFound
from sunmao.core.vertical import find_task

FLOOR_DAYS = 184
STANDARD = "standard"
_YEAR = 365.25


@dataclass(frozen=True)
class RetentionClass:
    """`duty` is why erasing a person leaves such records; empty where only the floor holds."""

    name: str
    days: int
    title: Message
    duty: Message = ""


def _years(count: int) -> int:
    return -int(-count * _YEAR // 1)  # rounded up: never a day short


CLASSES: Mapping[str, RetentionClass] = {
    one.name: one
    for one in (
        RetentionClass(STANDARD, FLOOR_DAYS, _("Standard: at least six months")),
        RetentionClass(
            "contract",
            _years(3),
            _("Contracts: 3 years"),
            _("Limitation of claims, Civil Code art. 188: three years"),
        ),
        RetentionClass(
            "medical_process",
            _years(3),
            _("Medical consultations: 3 years"),
            _("Rules on the supervision of internet care (2022): process records, three years"),
        ),
        RetentionClass(
            "medical",
            _years(15),
            _("Medical records: 15 years"),
            _("Rules on the supervision of internet care (2022): medical records, fifteen years"),
        ),
        RetentionClass(
            "investment",
            _years(20),
            _("Investment advice: 20 years"),
            _("Suitability measures art. 32 and Securities Law art. 137: twenty years"),
        ),
    )
}


def class_of_task(task: object) -> str:
    """The class of what a vertical's task does; `standard` for anything that is no task."""
    if not isinstance(task, str) or "." not in task:
        return STANDARD
    try:
        vertical, found = find_task(task)
    except NotFound:
        return STANDARD
    return found.retention or vertical.retention or STANDARD


def days_of(name: str) -> int:
    """A class that no longer exists is kept as long as the longest: forgetting one must not shorten it."""
    known = CLASSES.get(name)
    own = known.days if known else max(one.days for one in CLASSES.values())
    return max(FLOOR_DAYS, own, settings.SUNMAO_AUDIT.retention_days.get(name, 0))


def keep_until(name: str, sealed_at: datetime) -> datetime:
    return sealed_at + timedelta(days=days_of(name))


def duty_of(name: str) -> str:
    """The duty's name as `core.crypto.persons` keeps keys apart; empty when erasing may take it all."""
    known = CLASSES.get(name)
    return name if known and known.duty else ""
