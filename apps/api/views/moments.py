"""Times in addresses."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive


def moment(text: str) -> datetime | None:
    """The time in `text`, with its zone, as the database knows it: in UTC. None when it is no such time.

    The database takes no zone that is more than sixteen hours off, and there is no year before the first.
    """
    try:
        found = parse_datetime(text)
        return None if found is None or is_naive(found) else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
