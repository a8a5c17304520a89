"""Sentences that say the same of the same subject with another figure, day or negation.

Rules only, and narrow ones: of two sentences the words that carry meaning must be the same, or those of one
must all stand in the other. A hint tells what differs; whether one of them is wrong, a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sunmao.knowledge.hints.likeness import jaccard, near_pairs
from sunmao.knowledge.text import numerals
from sunmao.knowledge.text.sentences import sentences

FEWEST_WORDS = 4
ALIKE = 0.75
_UNITS = "天日周月年岁小时分钟秒元角折倍次个件人条款项级斤克吨米公里平方度成"
_COUNTED = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty"""
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
_WORDS_FOR_NUMBERS: Mapping[str, int] = {
    **{word: number for number, word in enumerate(_COUNTED.split())},
    **_TENS,
}
_DATE = re.compile(r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?|\d{4}\s?年(?:\s?\d{1,2}\s?月)?")
_NUMBER = re.compile(r"\d+(?:[,，]\d{3})*(?:\.\d+)?\s?%?")
_CHINESE = re.compile(rf"百分之[{numerals.CHARACTERS}]+|[{numerals.CHARACTERS}]+(?=个?(?:工作)?[{_UNITS}])")
_ENGLISH = re.compile(rf"\b(?:{'|'.join(_WORDS_FOR_NUMBERS)})\b")
_REFERENCE = re.compile(rf"第[\d{numerals.CHARACTERS}]+[条章节款项编]")
_NOT = re.compile(
    r"(?:不得|不能|不可|不予|不应|禁止|不再|不支持|不允许|没有|无需|不需|不必|不包括|未|不)"
    r"|\b(?:not|no|never|without|cannot|can't|don't|doesn't|isn't|aren't|won't|must not)\b"
)
_WORD = re.compile(r"[a-z]{2,}|[\u4e00-\u9fff]")
_EMPTY_CHINESE = (
    "的了在是为应当须该其及与和或者由于被把将可以能要会之内后前起经至到按等即均对上下中也都而且则并"
)
_EMPTY_ENGLISH = """the of to in on at is are be was were and or for by with within after before from may must
    can shall will an it its this that than as up"""
_EMPTY = frozenset(_EMPTY_CHINESE) | frozenset(_EMPTY_ENGLISH.split())


@dataclass(frozen=True)
class Statement:
    """A sentence: the words that carry meaning, and what it says in figures."""

    text: str
    words: frozenset[str]
    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    negated: bool


@dataclass(frozen=True)
class Clash:
    """Two statements, by the places of their passages, and what differs between them."""

    rule: str
    first: int
    second: int
    one: Statement
    other: Statement
    score: float

    @property
    def values(self) -> dict[str, object]:
        return {
            "one": self.one.text,
            "other": self.other.text,
            "differs": [list(_said(self.rule, self.one)), list(_said(self.rule, self.other))],
        }


def statements(text: str) -> Iterator[Statement]:
    for sentence in sentences(text):
        made = statement(sentence.text)
        if len(made.words) >= FEWEST_WORDS:
            yield made


def statement(text: str) -> Statement:
    plain = unicodedata.normalize("NFKC", text).lower()
    rest, dates = _taken(_DATE, _REFERENCE.sub(" ", plain))
    rest, numbers = _taken(_NUMBER, rest)
    rest, chinese = _taken(_CHINESE, rest)
    rest, english = _taken(_ENGLISH, rest)
    found = (*map(_figure, numbers), *map(_chinese, chinese), *map(_english, english))
    return Statement(
        text=text,
        words=frozenset(_meaning(_NOT.sub(" ", rest))),
        numbers=tuple(sorted(found)),
        dates=tuple(sorted("-".join(re.findall(r"\d+", date)) for date in dates)),
        negated=len(_NOT.findall(rest)) % 2 == 1,
    )


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, list[str]]:
    found = pattern.findall(text)
    return pattern.sub(" ", text), found


def _figure(found: str) -> str:
    number = re.sub(r"[,，\s]", "", found)
    share = number.endswith("%")
    plain = number.rstrip("%")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{plain.lstrip('0') or '0'}{'%' if share else ''}"


def _chinese(found: str) -> str:
    number = numerals.from_chinese(found.removeprefix("百分之"))
    return f"{number}{'%' if found.startswith('百分之') else ''}"


def _english(found: str) -> str:
    return str(_WORDS_FOR_NUMBERS[found])


def _meaning(text: str) -> Iterator[str]:
    """Words and pairs of Chinese characters: a single character means too little."""
    words = [word for word in _WORD.findall(text) if word not in _EMPTY]
    for place, word in enumerate(words):
        if word.isascii():
            yield word
        elif place + 1 < len(words) and not words[place + 1].isascii():
            yield word + words[place + 1]


def clashes(passages: Sequence[tuple[int, str]]) -> Iterator[Clash]:
    """Of passages, by their documents, those statements that differ between two documents."""
    found = [
        (place, document, one) for place, (document, text) in enumerate(passages) for one in statements(text)
    ]
    sets = {number: one.words for number, (_, _, one) in enumerate(found)}
    for share, a, b in near_pairs(sets, at_least=ALIKE):
        (first, document, one), (second, another, other) = found[a], found[b]
        if document == another or not _same_subject(one, other):
            continue
        if rule := _rule(one, other):
            yield Clash(rule, first, second, one, other, share)


def _same_subject(one: Statement, other: Statement) -> bool:
    """What one says more may be detail; when both have words of their own, they may speak of two things."""
    return one.words <= other.words or other.words <= one.words


def _rule(one: Statement, other: Statement) -> str:
    for rule in ("date", "number"):
        mine, theirs = _said(rule, one), _said(rule, other)
        if mine and theirs and mine != theirs and len(mine) == len(theirs):
            return rule
    if one.negated != other.negated and jaccard(one.words, other.words) == 1.0:
        return "negation"
    return ""


def _said(rule: str, one: Statement) -> tuple[str, ...]:
    if rule == "negation":
        return tuple(_NOT.findall(unicodedata.normalize("NFKC", one.text).lower()))
    return one.dates if rule == "date" else one.numbers


__all__ = ["Clash", "Statement", "clashes", "statement", "statements"]
