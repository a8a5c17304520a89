"""Obligations → iCalendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from verticals.contract_review.documents.obligations import Obligation


def ics(
    obligations: Sequence[Obligation],
    *,
    contract_id: str,
    title: str,
    now: datetime,
    remind_days: int = 7,
    language: str = "zh",
) -> bytes:
    """Dated obligations as all-day events with a reminder, undated ones as tasks without a date.

    The same obligation of the same contract keeps its UID, so that a second import replaces the first.
    """
    raise NotImplementedError


__all__ = ["ics"]
