"""The days that a content is meant for, as people give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput


@dataclass(frozen=True)
class Dates:
    """From `first` through `last`, both days included; None is open."""

    first: date | None = None
    last: date | None = None

    def check(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise InvalidInput(
                fields={"effective_until": _("is before the day from which it is in force")},
                code="invalid_dates",
            )

    def as_dict(self) -> dict[str, str | None]:
        return {
            "effective_from": self.first.isoformat() if self.first else None,
            "effective_until": self.last.isoformat() if self.last else None,
        }


ALWAYS = Dates()


def parse_day(value: object, *, field: str) -> date | None:
    """A day as `2026-01-31`; None for nothing."""
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else _refuse(field)
    except ValueError:
        return _refuse(field)


def _refuse(field: str) -> date:
    raise InvalidInput(fields={field: _("is not a day such as 2026-01-31")}, code="invalid_dates")


def parse_dates(first: object, last: object) -> Dates:
    dates = Dates(parse_day(first, field="effective_from"), parse_day(last, field="effective_until"))
    dates.check()
    return dates


__all__ = ["ALWAYS", "Dates", "parse_dates", "parse_day"]
