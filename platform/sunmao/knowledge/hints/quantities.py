"""What a sentence says in figures, as amounts of something: 一周 is seven days, 1.5万元 15,000 yuan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sunmao.knowledge.text import numerals

_COUNTED = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty"""
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
_WORDS: Mapping[str, int] = {**{word: value for value, word in enumerate(_COUNTED.split())}, **_TENS}
_TIMES: Mapping[str, float] = {
    "十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 1e8, "thousand": 1_000, "million": 1e6,
    "billion": 1e9,
}  # fmt: skip
_KINDS: Mapping[str, tuple[str, float]] = {
    **dict.fromkeys(("工作日", "working day", "working days", "business day", "business days"),
                    ("working days", 1)),
    **dict.fromkeys(("天", "日", "day", "days"), ("days", 1)),
    **dict.fromkeys(("周", "星期", "礼拜", "week", "weeks"), ("days", 7)),
    **dict.fromkeys(("个月", "month", "months"), ("months", 1)),
    **dict.fromkeys(("年", "周年", "year", "years"), ("months", 12)),
    **dict.fromkeys(("小时", "钟头", "hour", "hours"), ("minutes", 60)),
    **dict.fromkeys(("分钟", "minute", "minutes"), ("minutes", 1)),
    **dict.fromkeys(("秒", "second", "seconds"), ("minutes", 1 / 60)),
    **dict.fromkeys(("元", "块", "yuan", "rmb", "cny"), ("yuan", 1)),
    **dict.fromkeys(("角",), ("yuan", 0.1)),
    **dict.fromkeys(("%", "percent", "per cent"), ("%", 1)),
    **dict.fromkeys(("折", "成"), ("%", 10)),
    **dict.fromkeys(("公里", "千米", "km", "kilometre", "kilometres"), ("m", 1000)),
    **dict.fromkeys(("米", "metre", "metres"), ("m", 1)),
    **dict.fromkeys(("公斤", "千克", "kg"), ("g", 1000)),
    **dict.fromkeys(("克", "gram", "grams"), ("g", 1)),
    **dict.fromkeys(("斤",), ("g", 500)),
}  # fmt: skip
_COUNTERS = "月岁次件人条款项级个度倍吨"
_LONGEST_FIRST = sorted(_KINDS, key=len, reverse=True)
_UNIT = "|".join(re.escape(unit) for unit in _LONGEST_FIRST if not unit.isascii())
_LATIN = "|".join(re.escape(unit) for unit in _LONGEST_FIRST if unit.isascii() and unit != "%")
_FIGURE = re.compile(
    rf"(?P<digits>\d+(?:[,，]\d{{3}})*(?:\.\d+)?)\s?(?P<times>[十百千万亿]|(?:thousand|million|billion)\b)?\s?(?:个(?!月))?"
    rf"(?P<unit>%|{_UNIT}|(?:{_LATIN})\b)?"
)
_SPOKEN = re.compile(
    rf"百分之(?P<share>[{numerals.CHARACTERS}]+)"
    rf"|(?P<said>[{numerals.CHARACTERS}]+|半)(?:个(?!月))?(?P<unit>{_UNIT}|[{_COUNTERS}])"
)
_ENGLISH = re.compile(
    rf"\b(?P<word>{'|'.join(_WORDS)})\b(?: (?P<times>thousand|million|billion)\b)?"
    rf"(?:[ -](?P<unit>(?:{_LATIN})\b))?"
)
_A_MONTH, _A_WORKING_DAY = 30.4, 1.4
"""Days."""
_ALMOST = 1.15
"""Amounts of two kinds of time that are nearer than this may be meant to be the same."""


@dataclass(frozen=True, order=True)
class Quantity:
    """`figure` as it is shown; `kind` is empty where nothing says what is counted."""

    figure: str
    kind: str
    value: float


def taken(plain: str) -> tuple[str, tuple[Quantity, ...]]:
    """A text without its figures and their units, and what they say."""
    found: list[Quantity] = []
    for pattern, read in ((_FIGURE, _figure), (_SPOKEN, _spoken), (_ENGLISH, _english)):
        found += [read(match) for match in pattern.finditer(plain)]
        plain = pattern.sub(" ", plain)
    return plain, tuple(sorted(found))


def differ(mine: Sequence[Quantity], theirs: Sequence[Quantity]) -> bool:
    """Of some kind both say equally many amounts, and not the same ones."""
    ours, others = _by_kind(mine), _by_kind(theirs)
    shared = ours.keys() & others.keys()
    if any(len(ours[kind]) == len(others[kind]) and ours[kind] != others[kind] for kind in shared):
        return True
    return not shared and _times_differ(ours, others)


def _by_kind(found: Sequence[Quantity]) -> dict[str, list[float]]:
    kinds: dict[str, list[float]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(round(one.value, 6))
    return {kind: sorted(values) for kind, values in kinds.items()}


def _times_differ(ours: Mapping[str, list[float]], others: Mapping[str, list[float]]) -> bool:
    """7 days and 7 working days do, 7 days and 5 working days do not, nor do 30 days and a month."""
    mine, theirs = _in_days(ours), _in_days(others)
    if len(mine) != 1 or len(theirs) != 1 or not min(*mine, *theirs):
        return False
    return max(*mine, *theirs) / min(*mine, *theirs) > _ALMOST


def _in_days(found: Mapping[str, list[float]]) -> list[float]:
    per = {"days": 1.0, "months": _A_MONTH, "working days": _A_WORKING_DAY}
    return [value * days for kind, days in per.items() for value in found.get(kind, ())]


def _figure(match: re.Match[str]) -> Quantity:
    digits = re.sub(r"[,，]", "", match["digits"])
    shown = digits.rstrip("0").rstrip(".") if "." in digits else digits
    unit = match["unit"] or ""
    value = float(digits) * _TIMES.get(match["times"] or "", 1)
    figure = f"{shown.lstrip('0') or '0'}{match['times'] or ''}"
    return _made(figure if not figure.startswith(".") else f"0{figure}", unit, value)


def _spoken(match: re.Match[str]) -> Quantity:
    if match["share"]:
        value = numerals.from_chinese(match["share"])
        return Quantity(f"{value}%", "%", float(value or 0))
    if match["said"] == "半":
        return _made("0.5", match["unit"], 0.5)
    value = numerals.from_chinese(match["said"])
    return _made(str(value), match["unit"], float(value or 0))


def _english(match: re.Match[str]) -> Quantity:
    value = _WORDS[match["word"]]
    times = match["times"] or ""
    return _made(f"{value}{times}", match["unit"] or "", value * _TIMES.get(times, 1))


def _made(figure: str, unit: str, value: float) -> Quantity:
    kind, times = _KINDS.get(unit, (unit if unit in _COUNTERS else "", 1))
    if unit in ("折", "成") and value >= 10:
        times = 1
    return Quantity(f"{figure}%" if unit in ("%", "percent", "per cent") else figure, kind, value * times)


def figures(found: Sequence[Quantity]) -> tuple[str, ...]:
    return tuple(sorted(one.figure for one in found))


__all__ = ["Quantity", "differ", "figures", "taken"]
