"""Tools that need nothing but their arguments: sums, and days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from sunmao.inference.tools.arithmetic import LONGEST, evaluated, written
from sunmao.inference.tools.declaring import Context, tool
from sunmao.inference.tools.problems import ToolFault

ASK = "answering.task.run"
Unit = Literal["days", "weeks", "months", "years", "workdays"]
MOST_DAYS = 200_000


@tool(
    title=_("Calculate"),
    about=_(
        "Works an arithmetic expression out exactly: sums, products, powers, remainders, brackets, roots."
    ),
    permission=ASK,
    timeout=2,
)
def calculate(
    context: Context, *, expression: Annotated[str, Field(min_length=1, max_length=LONGEST)]
) -> Any:
    """Arithmetic.

    :param expression: for example "(1299 + 89) * 8% "
    """
    return {"expression": expression, "value": written(evaluated(expression))}


@tool(
    title=_("Reckon with dates"),
    about=_(
        "Says what day it is, which day lies some time after or before another, and how far apart two are."
    ),
    permission=ASK,
    timeout=2,
)
def dates(
    context: Context,
    *,
    day: date | None = None,
    add: Annotated[int, Field(ge=-MOST_DAYS, le=MOST_DAYS)] = 0,
    unit: Unit = "days",
    until: date | None = None,
) -> Any:
    """Days of the calendar.

    :param day: the day to begin with, as YYYY-MM-DD; today when it is left out
    :param add: how many units later, or earlier when it is negative
    :param unit: what `add` counts; workdays are Monday to Friday, without regard to holidays
    :param until: another day; the answer says how many days lie between
    """
    start = day or context.today
    try:
        there = _moved(start, add, unit)
    except (OverflowError, ValueError) as error:
        raise ToolFault("precondition_failed", "The calendar has no such day.") from error
    told = {"today": context.today, "day": there, "weekday": there.isoweekday()}
    if until is not None:
        told |= {
            "until": until,
            "days_between": (until - there).days,
            "workdays_between": _workdays(there, until),
        }
    return told


def _moved(start: date, count: int, unit: Unit) -> date:
    match unit:
        case "days":
            return start + timedelta(days=count)
        case "weeks":
            return start + timedelta(weeks=count)
        case "months" | "years":
            return _by_months(start, count * (12 if unit == "years" else 1))
        case "workdays":
            return _by_workdays(start, count)


def _by_months(start: date, count: int) -> date:
    """The 31st of a month that has no 31st is its last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _by_workdays(start: date, count: int) -> date:
    """Whole weeks at once, so that far days are quick; a weekend counts as the Friday before, going on."""
    step = timedelta(days=1 if count >= 0 else -1)
    weeks, rest = divmod(abs(count), 5)
    there = start + 7 * weeks * step
    while rest or (count and there.isoweekday() > 5):
        there += step if rest else -step
        rest -= bool(rest) and there.isoweekday() <= 5
    return there


def _workdays(start: date, end: date) -> int:
    """Mondays to Fridays after the earlier day, up to the later one; negative when `end` is the earlier."""
    sign, (first, last) = (1, (start, end)) if end >= start else (-1, (end, start))
    weeks, rest = divmod((last - first).days, 7)
    extra = sum((last - timedelta(days=back)).isoweekday() <= 5 for back in range(rest))
    return sign * (weeks * 5 + extra)
