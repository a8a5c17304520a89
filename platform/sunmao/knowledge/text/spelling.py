"""Other ways to write the same question: 七天 and 7天, 軟體 and 软体, 20% and 百分之二十, 4 p.m. and 16:00.

Two kinds. `spellings` are the whole question in other characters or numerals; a base is asked in the one
that it knows best. `besides` are single words that mean the same; they are looked for too, at a discount.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sunmao.core.chinese_forms import simplified, traditional
from sunmao.knowledge.text import numerals
from sunmao.knowledge.text.clock import clock_spellings

_UNIT = (
    r"(?=\s{0,2}(?:个|天|日|年|月|岁|次|倍|元|块|万|人|款|名|位|周|星期|小时|分钟|公里|米|级|层|份|折|成))"
)
_DIGITS = re.compile(r"(?<![\d.A-Za-z第-])\d{1,5}(?=\s?[\u4e00-\u9fff])(?!\s?[条條])")
_SPOKEN = re.compile(rf"(?<![{numerals.CHARACTERS}第])[{numerals.CHARACTERS}]{{1,9}}{_UNIT}")
_PERCENT = re.compile(
    rf"百分之([{numerals.CHARACTERS}]{{1,5}}|\d{{1,3}}(?:\.\d+)?)|(\d{{1,3}}(?:\.\d+)?)\s?%"
)
# Inside a group every way to say it; the numeral before it belongs to it where one is asked for.
_SAME_UNIT: tuple[tuple[str, ...], ...] = (
    ("公里", "千米", "km"),
    ("公斤", "千克", "kg"),
    ("平方米", "平米", "m2"),
    ("小时", "钟头"),
    ("星期", "周", "礼拜"),
    ("厘米", "公分", "cm"),
    ("毫升", "ml"),
    ("摄氏度", "℃", "°c"),
)
_AFTER_NUMERAL: tuple[tuple[str, ...], ...] = (("天", "日"), ("元", "块"))


def spellings(question: str) -> tuple[str, ...]:
    """The question itself first, then what differs from it; full-width characters are no difference."""
    plain = unicodedata.normalize("NFKC", question)
    forms = (plain, simplified(plain), traditional(plain))
    written = [
        way for form in forms for way in (form, *clock_spellings(form), _in_digits(form), _spoken(form))
    ]
    return tuple(dict.fromkeys((question, *written)))


def besides(question: str) -> tuple[str, ...]:
    """Words that mean what a word of the question means."""
    plain = unicodedata.normalize("NFKC", question).lower()
    found = [*_numbers(plain), *_percents(plain), *_units(plain)]
    return tuple(word for word in dict.fromkeys(found) if word not in plain)


def _in_digits(text: str) -> str:
    return _SPOKEN.sub(lambda match: str(_value(match.group()) or match.group()), text)


def _spoken(text: str) -> str:
    return _DIGITS.sub(lambda match: numerals.to_chinese(int(match.group())), text)


def _value(numeral: str) -> int | None:
    return numerals.from_chinese(numeral)


def _numbers(text: str) -> Iterator[str]:
    """A number with what is counted, since a bare numeral says too little."""
    for match in _DIGITS.finditer(text):
        if counted := text[match.end() : match.end() + 1].strip():
            yield numerals.to_chinese(int(match.group())) + counted
    for match in _SPOKEN.finditer(text):
        if value := _value(match.group()):
            yield str(value)


def _percents(text: str) -> Iterator[str]:
    for match in _PERCENT.finditer(text):
        said = match[1] or match[2]
        value = _value(said) if not said.replace(".", "").isdigit() else None
        if match[1]:
            yield f"{value if value is not None else said}%"
        elif said.isdigit() and int(said) <= 100:
            yield f"百分之{numerals.to_chinese(int(said))}"


def _units(text: str) -> Iterator[str]:
    for group in _SAME_UNIT:
        if any(_stands_in(unit, text) for unit in group):
            yield from group
    for group in _AFTER_NUMERAL:
        for unit in group:
            for match in re.finditer(rf"([\d{numerals.CHARACTERS}]{{1,6}}){unit}", text):
                yield from (match[1] + other for other in group if other != unit)


def _stands_in(unit: str, text: str) -> bool:
    return unit in text if not unit.isascii() else re.search(rf"(?<![a-z]){unit}(?![a-z])", text) is not None


__all__ = ["besides", "spellings"]
