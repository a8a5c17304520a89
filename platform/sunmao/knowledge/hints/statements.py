"""Sentences that say the same of the same subject with another figure, day or negation.

Rules only, and narrow ones: of two sentences the words that carry meaning must be the same, or those of one
must all stand in the other. A hint tells what differs; whether one of them is wrong, a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sunmao.knowledge.hints.likeness import jaccard, near_pairs
from sunmao.knowledge.hints.quantities import Quantity, differ, figures, taken
from sunmao.knowledge.text import numerals
from sunmao.knowledge.text.clock import on_the_clock
from sunmao.knowledge.text.sentences import sentences
from sunmao.knowledge.text.tokens import stem

FEWEST_WORDS, FEWEST = 3, 4
"""Words that carry meaning, and these together with figures, days and times."""
ALIKE = 0.75
PHRASE = 3
AROUND = 0.6
_MONTHS = {name: number for number, name in enumerate(
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
)}  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_DATE = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?|\d{4}\s?年(?:\s?\d{1,2}\s?月)?"
    r"|\d{1,2}\s?月\s?\d{1,2}\s?[日号]"
    rf"|\b\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?\b|\b{_MONTH}\s\d{{1,2}}(?:,?\s\d{{4}})?\b"
)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}:[0-5]\d(?!\d)")
_OPPOSITES: Mapping[str, str] = {
    "免费": "收费", "免收": "收取", "无效": "有效", "禁止": "允许", "拒绝": "接受", "拒收": "接收",
    "选填": "必填",
    "free of charge": "charged", "prohibited": "allowed", "forbidden": "allowed", "banned": "allowed",
    "non-refundable": "refundable", "optional": "required", "mandatory": "required", "invalid": "valid",
    "excluded": "included", "excludes": "includes", "unavailable": "available", "rejected": "accepted",
}  # fmt: skip
"""Each is the other, denied."""
_ONE_WORD: Mapping[str, str] = {
    **dict.fromkeys(("顾客", "用户", "消费者", "买家", "买方"), "客户"),
    **dict.fromkeys(("货物", "产品", "货品"), "商品"),
    **dict.fromkeys(("允许", "准许"), "可以"),
    **dict.fromkeys(("customers", "buyer", "buyers", "client", "clients"), "customer"),
    **dict.fromkeys(("items", "item", "products", "product"), "goods"),
}
"""Who and what rules speak of, by whatever name."""
_SPECIAL = re.compile(
    r"如果|若|除外|但|特殊|例外|仅限|首次|首年|再次|新客|老客|金卡|银卡|贵宾|节假日|周末|夜间|海外|境外|偏远|特价|促销|定制"
    r"|\b(?:if|when|unless|except|only|first|new|gold|premium|express|custom|holiday|weekend|overseas|outlet)\b"
)
"""What narrows a rule: with it in one of two sentences, both may hold."""
_REFERENCE = re.compile(rf"第[\d{numerals.CHARACTERS}]+[条條章节節款项項编編]")
_OF_ITSELF = re.compile(
    r"本(?:法|条例|办法|规定|解释|细则|准则|制度|政策|须知|公约|章程|手册|指引|通知|协议|合同|文件|产品)"
    r"|(?:会议|常务委员会).{0,6}(?:通过|修[正订])|次修[正订]"
    r"|\b(?:this|the present) (?:act|law|policy|agreement|contract|regulation|rule|handbook|manual|guide"
    r"|notice|document)s?\b"
)
"""What a document says of itself: of two documents only where both are one, in two editions."""
_GOES_ON = re.compile(
    rf"(?:情节|处以|处(?=[\d{numerals.CHARACTERS}])|并处|由|对其|对直接|责令|没收|没有违法所得|违法所得|有?前款|前两款"
    r"|前述|上述|构成|拒不|增加赔偿|该|其|此|这|同时|另外|否则)"
    r"|(?:this|that|these|those|it|they|such|otherwise|however|also"
    r"|in (?:this|that|such|other|all other) cases?|in serious cases|the (?:above|same|latter|former))\b"
)
"""How a sentence begins whose subject stands before it."""
_LISTED = re.compile(r"(?:下列|以下)(?:情形|行为|情况)|\bthe following\b")
_NUMBER_OF = re.compile(
    rf"(?:第[\d{numerals.CHARACTERS}]+[条條章节節款项項编編]|[\s(（]|[\d{numerals.CHARACTERS}]+[)）、.])+"
)
_EDITION = re.compile(
    r"[（(\[【][^）)\]】]*[）)\]】]|修[订正]|试行|暂行|草案|[新旧]版|第.版"
    r"|\b(?:new|old|revised|draft|edition|version)\b"
)
_NOT = re.compile(
    r"(?:不得|不能|不可|不予|不应|不再|不支持|不允许|没有|无需|不需|不必|不包括|未|不)"
    r"|\b(?:not|no|never|without|cannot|can't|don't|doesn't|isn't|aren't|won't|must not)\b"
)
_WORD = re.compile(r"[a-z]{2,}|[\u4e00-\u9fff]")
_REPLACED = re.compile("|".join(
    rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
    for word in sorted((*_OPPOSITES, *_ONE_WORD), key=len, reverse=True)
))  # fmt: skip
_EMPTY_CHINESE = (
    "的了在是为应当须该其及与和或者由于被把将可以能要会之内后前起经至到按等即均对上下中也都而且则并"
)
_EMPTY_ENGLISH = """the of to in on at is are be was were and or for by with within after before from may must
    can shall will need do does did an it its this that than as up"""
_EMPTY = frozenset(_EMPTY_CHINESE) | frozenset(_EMPTY_ENGLISH.split())


@dataclass(frozen=True)
class Statement:
    """A sentence: the words that carry meaning, and what it says in figures. `of_itself`: it is about its own
    document. `leans`: what it is about stands before or behind it, in the words `around` it."""

    text: str
    words: frozenset[str]
    quantities: tuple[Quantity, ...]
    dates: tuple[str, ...]
    times: tuple[str, ...]
    negated: bool
    special: frozenset[str]
    of_itself: bool = False
    leans: bool = False
    around: frozenset[str] = frozenset()

    @property
    def said(self) -> int:
        return len(self.quantities) + len(self.dates) + len(self.times)

    @property
    def numbers(self) -> tuple[str, ...]:
        return figures(self.quantities)


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
    every = [statement(sentence.text) for sentence in sentences(text)]
    for place, made in enumerate(every):
        if len(made.words) >= FEWEST_WORDS and len(made.words) + made.said >= FEWEST:
            others = (one.words for number, one in enumerate(every) if number != place)
            yield replace(made, around=frozenset().union(*others)) if made.leans else made


def statement(text: str) -> Statement:
    plain = unicodedata.normalize("NFKC", text).lower()
    rest, dates = _taken(_DATE, _REFERENCE.sub(" ", plain))
    rest, times = _taken(_CLOCK, on_the_clock(rest))
    rest, quantities = taken(rest)
    denied = sum(word in _OPPOSITES for word in _REPLACED.findall(rest))
    rest = _REPLACED.sub(_plainer, rest)
    return Statement(
        text=text,
        words=frozenset(_meaning(_NOT.sub(" ", rest))),
        quantities=quantities,
        dates=tuple(sorted(map(_day, dates))),
        times=tuple(sorted(one.lstrip("0").rjust(4, "0") for one in times)),
        negated=(len(_NOT.findall(rest)) + denied) % 2 == 1,
        special=frozenset(_SPECIAL.findall(plain)),
        of_itself=bool(_OF_ITSELF.search(plain)),
        leans=_leans(plain),
    )


def _leans(plain: str) -> bool:
    numbered = _NUMBER_OF.match(plain)
    begins = plain[numbered.end() :] if numbered else plain
    return bool(_GOES_ON.match(begins) or _LISTED.search(plain))


def _taken(pattern: re.Pattern[str], text: str) -> tuple[str, list[str]]:
    found = pattern.findall(text)
    return pattern.sub(" ", text), found


def _plainer(match: re.Match[str]) -> str:
    word = _OPPOSITES.get(match.group(), match.group())
    return f" {_ONE_WORD.get(word, word)} " if word.isascii() else _ONE_WORD.get(word, word)


def _day(found: str) -> str:
    """Year, month and day as far as they are said, in this order."""
    month = next((str(number) for name, number in _MONTHS.items() if re.search(rf"\b{name}", found)), "")
    parts = re.findall(r"\d+", found)
    if month:
        year = [part for part in parts if len(part) == 4]
        return "-".join([*year, month, *(str(int(part)) for part in parts if len(part) < 4)])
    return "-".join(str(int(part)) for part in parts)


def _meaning(text: str) -> Iterator[str]:
    """Words and pairs of Chinese characters: a single character means too little."""
    words = [word for word in _WORD.findall(text) if word not in _EMPTY]
    for place, word in enumerate(words):
        if word.isascii():
            yield stem(word)
        elif place + 1 < len(words) and not words[place + 1].isascii():
            yield word + words[place + 1]


def clashes(
    passages: Sequence[tuple[int, str]], *, titles: Mapping[int, str] | None = None
) -> Iterator[Clash]:
    """Of passages, by their documents, those statements that differ between two documents. `titles` tell by
    the number of a document what it is called."""
    called = {document: _title(title) for document, title in (titles or {}).items()}
    found = [
        (place, document, one) for place, (document, text) in enumerate(passages) for one in statements(text)
    ]
    sets = {number: one.words for number, (_, _, one) in enumerate(found)}
    pairs: list[tuple[int, int, str, float]] = []
    for share, a, b in near_pairs(sets, at_least=ALIKE):
        (_, document, one), (_, another, other) = found[a], found[b]
        if document == another or not _same_subject(one, other):
            continue
        if (one.of_itself or other.of_itself) and called.get(document) != called.get(another):
            continue
        if rule := _rule(one, other):
            pairs.append((a, b, rule, share))
    phrases = _phrases(found, pairs)
    for a, b, rule, share in pairs:
        if not phrases & {a, b}:
            yield Clash(rule, found[a][0], found[b][0], found[a][2], found[b][2], share)


def _phrases(
    found: Sequence[tuple[int, int, Statement]], pairs: Sequence[tuple[int, int, str, float]]
) -> set[int]:
    """Statements that several documents make, each with a value of its own: of itself, as laws name the day
    of their adoption. Many that still say the old against one that says the new are no such phrase."""
    values: defaultdict[int, set[tuple[str, ...]]] = defaultdict(set)
    for a, b, rule, _share in pairs:
        values[a].add(_said(rule, found[b][2]))
        values[b].add(_said(rule, found[a][2]))
    return {number for number, said in values.items() if len(said) >= PHRASE}


def _same_subject(one: Statement, other: Statement) -> bool:
    """What one says more may be detail; when both have words of their own, they may speak of two things. So
    may two that lean on other words around them."""
    if (one.leans or other.leans) and not _alike_around(one, other):
        return False
    return one.words <= other.words or other.words <= one.words


def _alike_around(one: Statement, other: Statement) -> bool:
    if not (one.around or other.around):
        return True
    return jaccard(one.around, other.around) >= AROUND


def _title(said: str) -> str:
    """Two editions of one document are called alike, but for a year, a number or that they are editions."""
    plain = _EDITION.sub(" ", unicodedata.normalize("NFKC", said).lower())
    return "".join(re.findall(r"[a-z\u4e00-\u9fff]", plain))


def _rule(one: Statement, other: Statement) -> str:
    if one.special != other.special:
        return ""
    for rule in ("date", "time"):
        mine, theirs = _said(rule, one), _said(rule, other)
        if mine and theirs and len(mine) == len(theirs) and _apart(mine, theirs):
            return "date" if rule == "date" else "number"
    if differ(one.quantities, other.quantities):
        return "number"
    if one.negated != other.negated and jaccard(one.words, other.words) == 1.0:
        return "negation"
    return ""


def _apart(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """A day without a year may be that of any year."""
    return any(
        one != other and not one.endswith(f"-{other}") and not other.endswith(f"-{one}")
        for one, other in zip(mine, theirs, strict=True)
    )


def _said(rule: str, one: Statement) -> tuple[str, ...]:
    if rule == "negation":
        plain = unicodedata.normalize("NFKC", one.text).lower()
        return (*_NOT.findall(plain), *(word for word in _REPLACED.findall(plain) if word in _OPPOSITES))
    return {"date": one.dates, "time": one.times}.get(rule, one.numbers or one.times)


__all__ = ["Clash", "Statement", "clashes", "statement", "statements"]
