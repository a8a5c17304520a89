"""4 p.m., 16:00 and 下午四点: a question is asked with the time as the base writes it."""

from __future__ import annotations

import pytest

from sunmao.knowledge.text.clock import clock_spellings
from sunmao.knowledge.text.spelling import spellings


@pytest.mark.parametrize(
    ("said", "on_the_clock", "spoken"),
    [
        ("If I order at 4 p.m., which day?", "If I order at 16:00, which day?", None),
        ("open until 3:30PM?", "open until 15:30?", "open until 3:30 p.m.?"),
        ("at 12 a.m. or 12 p.m.", "at 0:00 or 12:00", None),
        ("from 9 am", "from 9:00", "from 9 a.m."),
        ("下午四点以后下单", "16:00以后下单", None),
        ("上午9点半开门吗", "9:30开门吗", "上午九点半开门吗"),
        ("晚上11点20分", "23:20", "下午十一点20分"),
        ("中午12点", "12:00", "中午十二点"),
        ("下午3:30还能撤单吗", "15:30还能撤单吗", "下午三点半还能撤单吗"),
    ],
)
def test_it_is_put_on_the_clock(said: str, on_the_clock: str, spoken: str | None) -> None:
    ways = clock_spellings(said)
    assert ways[0] == on_the_clock
    assert ways[1:] == ((spoken,) if spoken else ())


@pytest.mark.parametrize(
    ("said", "spoken"),
    [
        ("orders after 15:00?", "orders after 3 p.m.?"),
        ("15:00 以后申购", "下午三点 以后申购"),
        ("8:05 开始", "上午八点5分 开始"),
    ],
)
def test_it_is_said_as_people_say_it(said: str, spoken: str) -> None:
    assert clock_spellings(said) == (spoken,)


@pytest.mark.parametrize(
    "said",
    [
        "I am rated C3",
        "the ratio is 3:2 and 16:9",
        "在 4 pm2.5 时",
        "三点建议",
        "10:30:15",
        "version 1.15:00",
        "下午百点",
        "25:00",
        "",
    ],
)
def test_what_is_no_time_stays(said: str) -> None:
    assert clock_spellings(said) == ()


def test_the_question_itself_comes_first() -> None:
    ways = spellings("Is 4 p.m. too late?")
    assert ways[0] == "Is 4 p.m. too late?"
    assert "Is 16:00 too late?" in ways
