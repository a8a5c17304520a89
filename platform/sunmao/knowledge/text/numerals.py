"""Chinese numerals ↔ integers from 0 to 99,999, as statutes number their articles."""

from __future__ import annotations

import unicodedata

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
LARGEST = 99_999

CHARACTERS = "".join((*_DIGITS, *_UNITS, "万"))
"""Every character that a Chinese numeral may consist of."""


def from_chinese(numeral: str) -> int | None:
    """`五百八十五` → 585; also `一〇二`, `102` and `１０２`. None when it is not a number up to 99,999."""
    text = unicodedata.normalize("NFKC", numeral).strip()
    if not text:
        return None
    if text.isascii():
        return _within(int(text)) if text.isdigit() else None
    if all(c in _DIGITS for c in text):
        return _within(int("".join(str(_DIGITS[c]) for c in text)))
    if any(c not in CHARACTERS for c in text) or text.count("万") > 1:
        return None
    head, ten_thousands, tail = text.rpartition("万")
    return _within((_below_ten_thousand(head) * 10_000 if ten_thousands else 0) + _below_ten_thousand(tail))


def to_chinese(number: int) -> str:
    """585 → `五百八十五`, 10 → `十`, 110 → `一百一十`, 1005 → `一千零五`. Raises `ValueError` outside 0 to
    99,999."""
    if not 0 <= number <= LARGEST:
        raise ValueError(number)
    if number == 0:
        return "零"
    spoken, gap = "", False
    for unit, name in ((10_000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            spoken += ("零" if gap and spoken else "") + "零一二三四五六七八九"[digit] + name
        gap = not digit
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def _below_ten_thousand(text: str) -> int:
    total, digit = 0, 0
    for c in text:
        if c in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[c], 0
        else:
            digit = _DIGITS[c]
    return total + digit


def _within(number: int) -> int | None:
    return number if number <= LARGEST else None


__all__ = ["CHARACTERS", "LARGEST", "from_chinese", "to_chinese"]
