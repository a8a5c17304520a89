"""Points in time as contracts name them: a day, so long after or before an event, every so often."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from verticals.contract_review.documents.obligations import Every, Unit
from verticals.contract_review.domain.facts.time import DAY, read_day
from verticals.contract_review.figures import NUMBER, number

_SATURDAY = 5
_LONGEST = 36_500
"""Days or whatever: a century and more is a slip of the pen, and nobody should count it out."""
_UNITS: dict[str, Unit] = {
    "工作日": "working_day", "日": "day", "天": "day", "周": "week", "月": "month", "年": "year",
    "business day": "working_day", "working day": "working_day", "calendar day": "day", "day": "day",
    "week": "week", "month": "month", "year": "year",
}  # fmt: skip
_MONTHS_EN = ("january", "february", "march", "april", "may", "june", "july", "august", "september",
              "october", "november", "december")  # fmt: skip
_MONTH_EN = "|".join(_MONTHS_EN)
_LENGTH_ZH = rf"(?P<n>{NUMBER})\s?(?:\(\d+\))?\s?个?(?P<unit>工作日|自然日|日历日|日|天|周|月|年)"
_LENGTH_EN = (
    rf"(?P<n>{NUMBER})\s?(?:\(\d+\))?\s?"
    r"(?P<unit>(?:business|working|calendar)\s+day|day|week|month|year)s?['’]?"
)
_EVENT_ZH = r"(?P<event>[^，,。；;：:\n（(]{1,24}?)"
_AFTER_ZH = re.compile(
    rf"(?:自|在|于|从)?{_EVENT_ZH}(?:之日起|之日后|当日起|次日起|日起|后的?|起的?|之后)\s?"
    rf"{_LENGTH_ZH}(?:之?内|以内|后)?"
)
_BEFORE_ZH = re.compile(
    rf"{_EVENT_ZH}(?:之前|以前|(?<!提)前)\s?(?:的|至少|提前)?\s?{_LENGTH_ZH}(?:之?前|以前|内)?"
)
_AHEAD_ZH = re.compile(rf"(?:提前|至少提前|应?提早)\s?{_LENGTH_ZH}")
_DAY_EN = re.compile(
    rf"(?:(?P<m1>{_MONTH_EN})\s+(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:day\s+of\s+)?(?P<m2>{_MONTH_EN}),?\s+(?P<y2>\d{{4}}))",
    re.IGNORECASE,
)
_AFTER_EN = re.compile(
    rf"(?:within|no\s+later\s+than|not\s+later\s+than)\s+{_LENGTH_EN}\s+(?:after|of|from|following)\s+(?P<event>[^,.;\n]{{3,60}})",
    re.IGNORECASE,
)
_BEFORE_EN = re.compile(
    rf"(?:at\s+least|not\s+less\s+than|no\s+(?:later|less)\s+than|no\s+fewer\s+than)\s+{_LENGTH_EN}\s+"
    r"(?:(?:prior\s+)?(?:written\s+)?notice\s+)?(?:before|prior\s+to|in\s+advance\s+of)\s+(?P<event>[^,.;\n]{3,60})",
    re.IGNORECASE,
)
_EVERY_ZH = re.compile(
    r"每(?P<every>个?自?然?月|个?季度?|年度?)(?:的)?(?:第?(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})日"
    r"|(?P<m>\d{1,2})月(?P<md>\d{1,2})日|(?P<edge>月?底|季?末|年?末|月末|季度末|年底))(?:之?前|以前|前)?"
)
_EVERY_EN = re.compile(
    r"(?:on|by|before)\s+the\s+(?P<d>\d{1,2}|first|last)(?:st|nd|rd|th)?\s+(?:business\s+|calendar\s+)?day\s+of\s+"
    r"(?:each|every)\s+(?P<every>(?:calendar\s+)?(?:month|quarter|year))",
    re.IGNORECASE,
)


_RELATIVE = ((_AFTER_ZH, 1), (_AFTER_EN, 1), (_BEFORE_ZH, -1), (_BEFORE_EN, -1), (_AHEAD_ZH, -1))


@dataclass(frozen=True)
class Moment:
    """`[start, end)` of the normal copy names a time. One of `day`, `event`, `every` is set."""

    start: int
    end: int
    day: date | None = None
    event: str = ""
    offset: int = 0
    unit: Unit = "day"
    every: Every = ""
    of_month: int = 0
    in_month: int = 0


def moments(sentence: str) -> list[Moment]:
    """In order; of two that overlap, the longer one."""
    found = sorted(_all(sentence), key=lambda moment: moment.start - moment.end)
    kept: list[Moment] = []
    for moment in found:
        if all(moment.end <= other.start or other.end <= moment.start for other in kept):
            kept.append(moment)
    return sorted(kept, key=lambda moment: moment.start)


def _all(sentence: str) -> Iterator[Moment]:
    for match in DAY.finditer(sentence):
        if day := read_day(match):
            yield Moment(match.start(), match.end(), day=day)
    for match in _DAY_EN.finditer(sentence):
        if day := english_day(match):
            yield Moment(match.start(), match.end(), day=day)
    for form, sign in _RELATIVE:
        for match in form.finditer(sentence):
            if number(match["n"]) <= _LONGEST:
                yield _relative(match, sign)
    for form in (_EVERY_ZH, _EVERY_EN):
        for match in form.finditer(sentence):
            yield _recurring(match)


def _relative(match: re.Match[str], sign: int) -> Moment:
    """`?` stands for an event that is not named beside the length."""
    words = " ".join(match["unit"].lower().split())
    unit = _UNITS.get(words) or _UNITS[words[-1]]
    count = int(number(match["n"]))
    event = match.groupdict().get("event", "").strip()
    return Moment(match.start(), match.end(), event=event or "?", offset=sign * count, unit=unit)


def _recurring(match: re.Match[str]) -> Moment:
    words = match["every"].lower()
    every: Every = "quarter" if "季" in words or "quarter" in words else "month"
    if "年" in words or "year" in words:
        every = "year"
    groups = match.groupdict()
    day = groups["d"] or groups.get("md") or ""
    at_end = day.lower() == "last" or (not day and groups.get("edge"))
    of_month = 31 if at_end else 1 if day.lower() == "first" else int(number(day)) if day else 31
    return Moment(
        match.start(), match.end(), every=every, of_month=of_month, in_month=int(groups.get("m") or 0)
    )


def english_day(match: re.Match[str]) -> date | None:
    year, month, day = (match[f"{part}1"] or match[f"{part}2"] for part in "ymd")
    try:
        return date(int(year), _MONTHS_EN.index(month.lower()) + 1, int(day))
    except ValueError:
        return None


def shifted(day: date, offset: int, unit: Unit) -> date:
    """The day itself is not counted; a month that is too short ends on its last day. Raises
    `OverflowError`."""
    if unit == "working_day":
        step = timedelta(days=1 if offset > 0 else -1)
        for _day in range(abs(offset)):
            day += step
            while day.weekday() >= _SATURDAY:
                day += step
        return day
    if unit in ("day", "week"):
        return day + timedelta(days=offset * (7 if unit == "week" else 1))
    return _months_on(day, offset * (12 if unit == "year" else 1))


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_time(moment: Moment, as_of: date) -> date:
    """The first day of a recurring moment that is not before `as_of`."""
    step = {"month": 1, "quarter": 3, "year": 12}[moment.every]
    month = moment.in_month or (12 if moment.every == "year" else 3 if moment.every == "quarter" else 1)
    first = date(as_of.year - 1, month, 1)
    for count in range(40):
        start = _months_on(first, count * step)
        day = start.replace(day=min(moment.of_month, monthrange(start.year, start.month)[1]))
        if day >= as_of:
            return day
    raise AssertionError


__all__ = ["Moment", "english_day", "moments", "next_time", "shifted"]
