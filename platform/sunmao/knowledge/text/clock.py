"""Times of day: 4 p.m., 16:00 and 下午四点 are one, and a base writes it in its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sunmao.knowledge.text import numerals

_TWELVE = re.compile(
    r"(?<![\w.:])(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))?\s?([ap])(?:\.\s?m\b\.?|m\b)(?!\w)", re.IGNORECASE
)
_TWENTY_FOUR = re.compile(r"(?<![A-Za-z\d.:/-])([01]?\d|2[0-4]):([0-5]\d)(?![A-Za-z\d:])")
_SPOKEN = re.compile(
    rf"(凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上)\s?([{numerals.CHARACTERS}]{{1,3}}|\d{{1,2}})"
    rf"\s?(?:[点點时時](半|(?:[{numerals.CHARACTERS}]{{1,3}}|\d{{1,2}})分)?|:([0-5]\d))"
)
_AFTERNOON = frozenset({"下午", "傍晚", "晚上"})
NOON, HOURS, MINUTES = 12, 24, 60


@dataclass(frozen=True)
class _Time:
    hour: int
    minute: int

    @property
    def on_the_clock(self) -> str:
        return f"{self.hour}:{self.minute:02}"

    @property
    def in_english(self) -> str:
        minutes = f":{self.minute:02}" if self.minute else ""
        return f"{self.hour % NOON or NOON}{minutes} {'p' if self.hour % HOURS >= NOON else 'a'}.m."

    @property
    def in_chinese(self) -> str:
        part = "下午" if self.hour > NOON else "中午" if self.hour == NOON else "上午"
        minutes = {0: "", 30: "半"}.get(self.minute, f"{self.minute}分")
        return f"{part}{numerals.to_chinese(self.hour - NOON if self.hour > NOON else self.hour)}点{minutes}"


def clock_spellings(text: str) -> tuple[str, ...]:
    """The text with its times on the 24-hour clock, and as people say them; none where it has no time."""
    on_clock = on_the_clock(text)
    said = _TWENTY_FOUR.sub(_in_english if text.isascii() else _in_chinese, on_clock)
    return tuple(way for way in dict.fromkeys((on_clock, said)) if way != text)


def on_the_clock(text: str) -> str:
    return _SPOKEN.sub(_spoken, _TWELVE.sub(_twelve, text))


def _twelve(match: re.Match[str]) -> str:
    hour = int(match[1]) % NOON + (NOON if match[3].lower() == "p" else 0)
    return _Time(hour, int(match[2] or 0)).on_the_clock


def _spoken(match: re.Match[str]) -> str:
    part, hour = match[1], numerals.from_chinese(match[2])
    if hour is None or hour > HOURS:
        return match.group()
    if part in _AFTERNOON and 0 < hour < NOON:
        hour += NOON
    said = match[3] or ""
    minute = 30 if said == "半" else numerals.from_chinese(said.removesuffix("分") or match[4] or "0")
    return _Time(hour, minute).on_the_clock if minute is not None and minute < MINUTES else match.group()


def _in_english(match: re.Match[str]) -> str:
    return _Time(int(match[1]), int(match[2])).in_english


def _in_chinese(match: re.Match[str]) -> str:
    return _Time(int(match[1]), int(match[2])).in_chinese


__all__ = ["clock_spellings", "on_the_clock"]
