"""Reading figures from clauses: numbers, percentages per period, sums, lengths of time, dates.

Standard library only; used by `domain`. Chinese numerals, per mille and 万分之 forms included.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

RULES_FOLDER = Path(__file__).parent / "rules"
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
SENTENCE = re.compile(r"(?:[^。;\n.?!]|\.(?!\s|$)){1,1500}(?:[。;\n.?!]|$)?")
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}

DIGIT_FORMS = ("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
DIGITS = {form: value for value, forms in enumerate(DIGIT_FORMS) for form in forms}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
SCALES = {"亿": 10**8, "万": 10**4, "million": 10**6, "": 1}
SMALL_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
WORDS_EN = {word: value for value, word in enumerate(SMALL_EN)} | {
    "fifteen": 15, "eighteen": 18, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50,
}  # fmt: skip

ENGLISH = "|".join(sorted(WORDS_EN, key=len, reverse=True))
NUMBER = (
    rf"(?:\d[\d,]{{0,24}}(?:\.\d{{1,12}})?|[{''.join(DIGITS)}{''.join(UNITS)}万亿点]{{1,30}}"
    rf"|\b(?:{ENGLISH})\b)"
)
PERCENT = re.compile(
    rf"(?P<plain>{NUMBER})(?:\s*\(\d+%?\))?\s*(?P<mark>%|‰|‱|percent\b|per\s?cent\b|per mille\b)"
    rf"|(?P<base>百|千|万)分之(?P<cn>{NUMBER})"
    r"|(?P<tenths>[一二三四五六七八九])成(?P<half>半)?(?![本果员立品交为套年人])"
    r"|(?P<parts>[二三四五六八])分之(?P<of>[一二三四五])|(?P<halves>一半|半数)(?=[价货款的作为,。;])",
    re.IGNORECASE,
)
MARKS = {"‰": Decimal("0.1"), "per mille": Decimal("0.1"), "‱": Decimal("0.01")}
BASES = {"百": Decimal(1), "千": Decimal("0.1"), "万": Decimal("0.01")}
COINS = re.compile(
    rf"(?:(?P<period>月|年)(?:利率|利|息)|利息[^。;,\d]{{0,6}}?(?:每|按)(?P<per>月|年)|每(?P<each>月|年)(?=[^。;,]{{0,6}}[分厘](?:计?息|利)))"
    rf"(?:为|按|是|算|以)?\s?(?P<n>{NUMBER})(?P<unit>分|厘)(?:(?P<more>[\d一二三四五六七八九])厘?)?(?!之)"
)
AMOUNT = re.compile(
    rf"(?:人民币|RMB|CNY|¥|￥)\s*(?P<marked>{NUMBER}?)\s*(?P<m1>亿|万|million)?元?"
    rf"|(?P<bare>{NUMBER}?)\s*(?P<m2>亿|万|million)?\s*(?:元|yuan)",
    re.IGNORECASE,
)
DURATION = re.compile(
    rf"(?P<half>半年)|(?P<n>{NUMBER})(?:\s?\(\d+\))?[\s-]*个?"
    r"(?P<unit>年半|年|月|日|天|years?\b|months?\b|days?\b)(?!度|底|初|\s*\d+月)",
    re.IGNORECASE,
)
_DATED = re.compile(r"\s?\d{1,2}\s?(?:月\s?\d{1,2}\s?[日号]|[日号])")
MONTHS = {"年半": 12, "年": 12, "year": 12, "月": 1, "month": 1}
DATE = re.compile(r"(?P<y>\d{4})\s*[年./-]\s*(?P<m>\d{1,2})\s*[月./-]\s*(?P<d>\d{1,2})日?")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A percentage per period of time, as written in one sentence."""

    start: int
    end: int
    percent: Decimal
    period: str
    sentence: tuple[int, int]

    @property
    def annual(self) -> Decimal:
        return self.percent * PERIODS_A_YEAR[self.period]

    @property
    def daily(self) -> Decimal:
        return self.percent if self.period == "day" else self.annual / 365


@dataclass(frozen=True, kw_only=True)
class Length:
    """A length of time in months and where it stands."""

    start: int
    end: int
    months: Decimal


def number(text: str) -> Decimal:
    """The value of an Arabic, Chinese or English number."""
    plain = text.replace(",", "").strip().lower()
    if plain in WORDS_EN:
        return Decimal(WORDS_EN[plain])
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return Decimal(plain)
    whole, _, fraction = plain.partition("点")
    digits = "".join(str(DIGITS[char]) for char in fraction if char in DIGITS)
    return _chinese_integer(whole) + (Decimal(f"0.{digits}") if digits else Decimal(0))


def _chinese_integer(text: str) -> Decimal:
    if text and all(char in DIGITS for char in text):
        return Decimal("".join(str(DIGITS[char]) for char in text))
    total = section = digit = 0
    for char in text:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in UNITS:
            section, digit = section + (digit or 1) * UNITS[char], 0
        else:
            total, section, digit = (total + section + digit) * SCALES.get(char, 1), 0, 0
    return Decimal(total + section + digit)


def percents(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Every percentage of the text, in percent."""
    for match in PERCENT.finditer(text):
        yield match.start(), match.end(), _percent(match)


def _percent(match: re.Match[str]) -> Decimal:
    if match["base"]:
        return number(match["cn"]) * BASES[match["base"]]
    if match["tenths"]:
        return number(match["tenths"]) * 10 + (5 if match["half"] else 0)
    if match["parts"]:
        return round(number(match["of"]) * 100 / number(match["parts"]), 2)
    if match["halves"]:
        return Decimal(50)
    return number(match["plain"]) * MARKS.get(match["mark"].lower(), Decimal(1))


def rates(text: str) -> list[Rate]:
    """Every percentage that stands with a period of time in its own sentence."""
    return [rate for sentence in SENTENCE.finditer(text) for rate in _rates_of(sentence)]


def _rates_of(sentence: re.Match[str]) -> Iterator[Rate]:
    offset, body = sentence.start(), sentence[0]
    for start, end, percent in percents(body):
        period = _period(body[max(0, start - 30) : start], body[end : end + 60])
        if period:
            yield Rate(
                start=offset + start,
                end=offset + end,
                percent=percent,
                period=period,
                sentence=sentence.span(),
            )
    for coin in COINS.finditer(body):
        percent = number(coin["n"]) * (1 if coin["unit"] == "分" else Decimal("0.1"))
        percent += number(coin["more"]) / 10 if coin["more"] else 0
        period, tenfold = (
            ("year", 10) if (coin["period"] or coin["per"] or coin["each"]) == "年" else ("month", 1)
        )
        yield Rate(
            start=offset + coin.start("n"),
            end=offset + coin.end(),
            percent=percent * tenfold,
            period=period,
            sentence=sentence.span(),
        )


def _period(before: str, after: str) -> str:
    """The unit of time a rate belongs to: right after it (per day), else the nearest before."""
    units = table("signals.toml")["period"]
    follow = [unit for unit, forms in units.items() if re.match(forms["after"], after, re.IGNORECASE)]
    lead = [
        (match.end(), unit)
        for unit, forms in units.items()
        for match in re.finditer(forms["before"], before, re.IGNORECASE)
    ]
    return follow[0] if follow else max(lead, default=(0, ""))[1]


def amount_near(label: str, text: str) -> Decimal | None:
    """The sum of money right after a label, else right before it, in yuan."""
    for match in re.finditer(label, text, re.IGNORECASE):
        after = re.split(r"[。;]|,(?!\d)", text[match.end() : match.end() + 40])[0]
        before = re.split(r"[。;]|,(?!\d)|\.(?=\s)", text[max(0, match.start() - 30) : match.start()])[-1]
        for near in (after, before):
            sums = [money for money in AMOUNT.finditer(near) if money["marked"] or money["bare"]]
            if sums:
                return _yuan(sums[0])
    return None


def _yuan(money: re.Match[str]) -> Decimal:
    scale = (money["m1"] or money["m2"] or "").lower()
    return number(money["marked"] or money["bare"]) * SCALES[scale]


def lengths(text: str) -> Iterator[Length]:
    """Every length of time of the text."""
    for match in DURATION.finditer(text):
        if match["unit"] in ("年", "月") and _DATED.match(text, match.end()):
            continue
        if match["unit"] in ("月", "日") and re.search(r"\d{4}\s?年(?:\d{1,2}月)?$", text[: match.start()]):
            continue
        if match["half"]:
            months = Decimal(6)
        else:
            unit = match["unit"].lower().rstrip("s")
            extra = 6 if unit == "年半" else 0
            months = number(match["n"]) * MONTHS[unit] + extra if unit in MONTHS else number(match["n"]) / 30
        yield Length(start=match.start(), end=match.end(), months=months)


def spans_between_dates(text: str) -> Iterator[Length]:
    """Terms written as two dates."""
    days = list(DATE.finditer(text))
    for first, last in zip(days, days[1:], strict=False):
        gap = text[first.end() : last.start()]
        if len(gap) <= 12 and re.search(r"至|到|止|-|\bto\b|until", gap):
            months = (int(last["y"]) - int(first["y"])) * 12 + int(last["m"]) - int(first["m"])
            months += int(last["d"]) > int(first["d"])
            yield Length(start=first.start(), end=last.end(), months=Decimal(months))


def read_date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None


@cache
def table(name: str) -> dict[str, Any]:
    """One data file of the rules folder."""
    return tomllib.loads((RULES_FOLDER / name).read_text(encoding="utf-8"))
