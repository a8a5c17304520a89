"""Which of a document's revisions applies on which days: a pure rule.

The revision with the latest beginning that is not after the day applies on it, until its own end; of two that
begin on one day, the newer one. Where the end of a revision leaves days to nobody, nothing applies: what was
replaced does not come back by itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import zip_longest

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """From `first` on, up to and not including `end`; None is open."""

    first: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.end is None or day < self.end)

    @property
    def is_empty(self) -> bool:
        return self.first is not None and self.end is not None and self.end <= self.first


@dataclass(frozen=True)
class Standing:
    """A revision among those of its document. `until` is the last day it is meant for; `window` the days it
    applies, None when it applies on none."""

    revision_id: uuid.UUID
    number: int
    since: date | None = None
    until: date | None = None
    window: Window | None = None


def lined_up(standings: Iterable[Standing]) -> list[Standing]:
    """Every standing with the window that the others leave it, in the order of their beginnings."""
    ordered = sorted(standings, key=lambda one: (one.since or date.min, one.number))
    return [
        replace(one, window=_window(one, follower)) for one, follower in zip_longest(ordered, ordered[1:])
    ]


def _window(one: Standing, follower: Standing | None) -> Window | None:
    own = one.until + DAY if one.until and one.until < date.max else None
    if follower is None:
        window = Window(one.since, own)
    elif follower.since is None or follower.since == one.since:
        return None
    else:
        window = Window(one.since, min(own or date.max, follower.since))
    return None if window.is_empty else window


def dates_without(standings: Iterable[Standing], day: date) -> tuple[date | None, date | None]:
    """The dates of content that came without any on `day`: those of the revision whose place it takes. That
    is the one in force, or else the next to come; where all have ended, it begins on that day."""
    applying = [one for one in lined_up(standings) if one.window]
    for one in applying:
        if one.window and (one.window.end is None or day < one.window.end):
            return one.since, one.until
    return (day, None) if applying else (None, None)


__all__ = ["Standing", "Window", "dates_without", "lined_up"]
