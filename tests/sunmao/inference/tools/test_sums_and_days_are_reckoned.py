"""The tools that need nothing but their arguments."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sunmao.core.actor import Actor
from sunmao.core.ids import new_id
from sunmao.inference.tools.arithmetic import evaluated, written
from sunmao.inference.tools.builtin.reckoning import calculate, dates
from sunmao.inference.tools.declaring import Context
from sunmao.inference.tools.problems import ToolFault

MONDAY = date(2026, 11, 23)
ANYBODY = Actor(kind="system", id=None, organisation_id=new_id(), name="", language="en")
CONTEXT = Context(actor=ANYBODY, language="en", today=MONDAY)


def reckon(**asked: Any) -> Any:
    return dates.work(CONTEXT, **asked)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("(1299 + 89) * 8%", "111.04"),
        ("0.1 + 0.2", "0.3"),
        ("２×３÷４", "1.5"),
        ("2^10", "1024"),
        ("17 % 5", "2"),
        ("-3 ** 2", "-9"),
        ("round(2/3, 2)", "0.67"),
        ("sqrt(2) * sqrt(2)", "2"),
        ("max(1, 2.50, 2)", "2.5"),
        ("sum(1, 2, 3)", "6"),
        ("100000000 * 100000000", "10000000000000000"),
    ],
)
def test_arithmetic_is_exact(expression: str, value: str) -> None:
    found = calculate.work(CONTEXT, expression=expression)["value"]

    assert found == value or round(float(found), 10) == float(value)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "open('/etc/passwd')",
        "().__class__",
        "[x for x in (1,)]",
        "lambda: 1",
        "'a' * 9",
        "1 if 1 else 2",
        "a + 1",
        "1; 2",
        "True + 1",
        "9 ** 99999",
        "1 / 0",
        "sqrt(-1)",
        "(" * 200 + "1" + ")" * 200,
        "",
    ],
)
def test_nothing_else_is_evaluated(expression: str) -> None:
    began = time.monotonic()

    with pytest.raises(ToolFault):
        evaluated(expression)

    assert time.monotonic() - began < 1


@given(st.text(alphabet="0123456789.+-*/%^() eE", max_size=60))
def test_no_expression_takes_long_or_breaks_it(expression: str) -> None:
    with suppress(ToolFault):
        assert written(evaluated(expression))


def test_days_are_counted() -> None:
    assert reckon() == {"today": MONDAY, "day": MONDAY, "weekday": 1}
    assert reckon(day=date(2024, 1, 31), add=1, unit="months")["day"] == date(2024, 2, 29)
    assert reckon(day=date(2024, 2, 29), add=-1, unit="years")["day"] == date(2023, 2, 28)
    assert reckon(until=date(2026, 12, 1))["days_between"] == 8
    assert reckon(until=date(2026, 12, 1))["workdays_between"] == 6


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(-400, 400))
def test_workdays_are_those_that_one_counts_on_the_calendar(start: date, count: int) -> None:
    there, left = start, abs(count)
    while left:
        there += timedelta(days=1 if count > 0 else -1)
        left -= there.isoweekday() <= 5

    found = reckon(day=start, add=count, unit="workdays")["day"]

    assert found == there


def test_a_day_that_no_calendar_has_is_told() -> None:
    with pytest.raises(ToolFault) as caught:
        reckon(add=200_000, unit="years")

    assert caught.value.code == "precondition_failed"
