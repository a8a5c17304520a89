"""Obligations → iCalendar (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override

from sunmao.guards.label import LANGUAGES
from verticals.contract_review.documents.obligations import Obligation

_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_FREQUENCIES = {"month": "MONTHLY", "quarter": "MONTHLY;INTERVAL=3", "year": "YEARLY"}
_LAST_SURE_DAY = 28
_UTC = (
    *("BEGIN:VTIMEZONE", "TZID:Etc/UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
    *("TZOFFSETFROM:+0000", "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE"),
)


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
    with override(LANGUAGES.get(language, language)):
        lines = list(_calendar(obligations, contract_id, title, now, remind_days))
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _calendar(
    obligations: Sequence[Obligation], contract_id: str, title: str, now: datetime, remind_days: int
) -> Iterator[str]:
    yield from (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Sunmao//Contract review//EN",
        "CALSCALE:GREGORIAN",
    )
    yield "METHOD:PUBLISH"
    yield f"X-WR-CALNAME:{_text(title)}"
    for one in obligations:
        component = "VEVENT" if one.due else "VTODO"
        yield f"BEGIN:{component}"
        yield f"UID:{one.key}.{_text(contract_id)}@sunmao"
        yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        yield from _when(one)
        yield f"SUMMARY:{_text(summary(one, title))}"
        yield f"DESCRIPTION:{_text(description(one))}"
        if one.due:
            yield "TRANSP:TRANSPARENT"
            yield from _reminder(one, title, remind_days)
        yield f"END:{component}"
    if not obligations:  # a calendar has at least one component (RFC 5545, 3.6)
        yield from _UTC
    yield "END:VCALENDAR"


def _when(one: Obligation) -> Iterator[str]:
    if not one.due:
        return
    yield f"DTSTART;VALUE=DATE:{one.due:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{one.due + timedelta(days=1):%Y%m%d}"
    if one.every:
        until = f";UNTIL={one.until:%Y%m%d}" if one.until and one.until >= one.due else ""
        # A month may have no such day; RFC 5545 then leaves it out, and the last day is what was meant.
        last = ";BYMONTHDAY=-1" if one.due.day > _LAST_SURE_DAY else ""
        yield f"RRULE:FREQ={_FREQUENCIES[one.every]}{last}{until}"


def _reminder(one: Obligation, title: str, remind_days: int) -> Iterator[str]:
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{max(0, remind_days)}D")
    yield f"DESCRIPTION:{_text(summary(one, title))}"
    yield "END:VALARM"


def summary(one: Obligation, title: str) -> str:
    words = {
        "pay": _("Payment due"),
        "deliver": _("Delivery due"),
        "accept": _("Acceptance due"),
        "renew": _("Notice about renewal due"),
        "end": _("End of the term"),
        "report": _("Notice or report due"),
        "return": _("Return due"),
        "other": _("Due"),
    }
    return " · ".join(filter(None, (words[one.kind], one.who, title)))


def description(one: Obligation) -> str:
    """The sentence, what it waits for, and what was not counted."""
    return "\n".join(filter(None, (one.heading, one.quote, waiting(one), _doubt(one))))


def waiting(one: Obligation) -> str:
    """`10 working days after: 收到发票`; nothing for a date that hangs on nothing."""
    if not one.event:
        return ""
    count = abs(one.offset)
    length = {
        "day": _("{count} days"),
        "working_day": _("{count} working days"),
        "week": _("{count} weeks"),
        "month": _("{count} months"),
        "year": _("{count} years"),
    }[one.unit].format(count=count)
    form = _("{length} before: {event}") if one.offset < 0 else _("{length} after: {event}")
    return form.format(length=length, event=one.event)


def _doubt(one: Obligation) -> str:
    return _("Public holidays were not counted.") if one.is_estimate and one.due else ""


def _text(said: str) -> str:
    return _CONTROL.sub("", said).translate(_ESCAPES)


def _folded(line: str) -> str:
    """At most 75 octets a line, never parting a character."""
    parts, held, size = [], "", 0
    for letter in line:
        width = len(letter.encode(errors="replace"))
        if size + width > _OCTETS:
            parts.append(held)
            held, size = " ", 1
        held, size = held + letter, size + width
    return "\r\n".join([*parts, held])


__all__ = ["description", "ics", "summary", "waiting"]
