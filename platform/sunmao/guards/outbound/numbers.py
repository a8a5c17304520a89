"""Whether the figures of an answer stand in what it was made from, however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_ARABIC = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_CHINESE = "零〇一二两三四五六七八九十百千万亿"
_HAN_NUMBER = re.compile(rf"(?:百分之|千分之|万分之)?[{_CHINESE}]+(?:点[零〇一二两三四五六七八九]+)?")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_PARTS = {"百分之": Decimal("0.01"), "千分之": Decimal("0.001"), "万分之": Decimal("0.0001")}
_UNITS = {
    "%": Decimal("0.01"),
    "‰": Decimal("0.001"),
    "‱": Decimal("0.0001"),
    "万": Decimal(10_000),
    "亿": Decimal(100_000_000),
    "千": Decimal(1_000),
    "百": Decimal(100),
}
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety hundred"
_ENGLISH = {
    **{word: Decimal(value) for value, word in enumerate(_SMALL.split())},
    **{word: Decimal(value * 10) for value, word in enumerate(_TENS.split(), start=3)},
    "thousand": Decimal(1_000),
    "half": Decimal("0.5"),
}
_WORDS = re.compile(r"[a-z]+")
# Words in which a numeral counts nothing. A number alone, up to here, in Chinese characters is too often one.
_IDIOMS = re.compile(
    "一(?:般|定|些|下|样|起|旦|致|律|并|直|经|切|方|面|时|体|边|次性|同|点|种|个|份|位|家|项|条|款|名|者|会儿)|万(?:一|元|分(?!之)|能|事)|千万|百(?:姓|科)|十分|第[一二三四五六七八九十]|三方|双十一|星期[一二三四五六]|周[一二三四五六]|[一二三四](?:是|来|、|,)|统一|唯一|同一|之一|进一步|不一|单一|万分感谢|七八|三四"
)


# Marks of citations, numbers of list items, placeholders of personal data.
_NOT_FIGURES = re.compile(
    r"\[\d{1,3}\]|^\s{0,8}(?:\d{1,2}[.、)）](?!\d)|[（(]\d{1,2}[)）])\s?|<[A-Z_]+\d{1,4}>", re.MULTILINE
)


class Known:
    """The figures of the sources, of the question, and of what rules computed."""

    def __init__(self, *, texts: Iterable[str], computed: Iterable[Mapping[str, Any]] = ()) -> None:
        self._values: set[Decimal] = set()
        for text in texts:
            self._values.update(value for _, value in figures(text, every=True))
        for one in computed:
            self._values.update(value for text in _leaves(one) for _, value in figures(text, every=True))

    def learn(self, text: str) -> None:
        self._values.update(value for _, value in figures(text, every=True))

    def unknown_in(self, text: str) -> list[str]:
        """The figures of the text that are nowhere else, as they are written there."""
        said = _NOT_FIGURES.sub(" ", text)
        return sorted({shown for shown, value in figures(said) if value not in self._values})


def figures(text: str, *, every: bool = False) -> Iterator[tuple[str, Decimal]]:
    """(as written, value). `every`: also numerals that may count nothing, to compare with."""
    plain = unicodedata.normalize("NFKC", text)
    for match in _ARABIC.finditer(plain):
        value = Decimal(match[0].replace(",", ""))
        unit = plain[match.end() : match.end() + 1]
        yield match[0] + (unit if unit in _UNITS else ""), _round(value * _UNITS.get(unit, Decimal(1)))
        if every:
            yield match[0], _round(value)
    han = plain if every else _IDIOMS.sub(lambda idiom: "#" * len(idiom[0]), plain)
    for match in _HAN_NUMBER.finditer(han):
        han_value = chinese(match[0])
        if han_value is not None and (every or len(match[0]) > 1):
            yield match[0], _round(han_value)
    if every:
        for word in _WORDS.findall(plain.lower()):
            if word in _ENGLISH:
                yield word, _ENGLISH[word]


def chinese(numeral: str) -> Decimal | None:
    """`百分之三点五` is 0.035; None for what only looks like a number."""
    part = next((name for name in _PARTS if numeral.startswith(name)), "")
    whole, _, fraction = numeral[len(part) :].partition("点")
    if not whole:
        return None
    value = _whole(whole)
    if value is None:
        return None
    decimals = "".join(str(_DIGITS[sign]) for sign in fraction)
    number = value + (Decimal(f"0.{decimals}") if decimals else 0)
    return number * _PARTS.get(part, Decimal(1))


def _whole(text: str) -> Decimal | None:
    if all(sign in _DIGITS for sign in text):
        return Decimal("".join(str(_DIGITS[sign]) for sign in text))
    total = section = digit = Decimal(0)
    for sign in text:
        if sign in _DIGITS:
            digit = Decimal(_DIGITS[sign])
            continue
        scale = Decimal(_SCALES[sign])
        if scale >= 10_000:
            total, section, digit = (total + section + digit) * scale, Decimal(0), Decimal(0)
        else:
            section, digit = section + (digit or 1) * scale, Decimal(0)
    return total + section + digit


def _round(value: Decimal) -> Decimal:
    try:
        return value.quantize(Decimal("0.000001")).normalize()
    except InvalidOperation:
        return value


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
