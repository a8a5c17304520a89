"""Sums of money and percentages per period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.shapes import Amount, RateFact, Span
from verticals.contract_review.domain.words import spelt
from verticals.contract_review.figures import Rate, number, rates

_UPPER = "零壹贰叁肆伍陆柒捌玖拾佰仟万亿"
_HAN = "零〇一二三四五六七八九两十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_MONEY = re.compile(
    rf"(?:(?P<mark>人民币|RMB|CNY|¥|￥|US\$|\$|USD|EUR|€|£|GBP)\s?(?:\((?:大写|小写)\)\s?:?\s?)?)?"
    rf"(?P<n>\d[\d,]*(?:\.\d+)?|[{_HAN}]+(?:点[{_HAN}]+)?)\s?(?P<scale>亿|万|千|百|million|m\b|k\b)?\s?"
    rf"(?P<unit>元|圆|yuan|dollars|USD|US dollars)?(?P<rest>[整正]|(?:[{_UPPER}]角)?(?:[{_UPPER}]分)?)?"
)
_SCALE = {"亿": 10**8, "万": 10**4, "千": 10**3, "百": 100, "million": 10**6, "m": 10**6, "k": 10**3, "": 1}
_FOREIGN = {"US$": "USD", "$": "USD", "USD": "USD", "EUR": "EUR", "€": "EUR", "£": "GBP", "GBP": "GBP"}
_BIGGEST = Decimal(10**15)
LATE = spelt("{late}")
_TOTAL_BASE = r"合同(?:总)?(?:价款?|金额|额|总额|标的)|总(?:价款?|金额|额|款)|工程价款|服务费总额|货款总额"
_LATE_PARTY = re.compile(
    rf"({LABEL}|任何一方|一方|违约方|双方)(?:(?!{LABEL})[^。;]){{0,16}}?(?:{LATE}|违反|违约)"
)
_ARREARS_BASE = (
    r"(?:逾期|未付|欠付|应付|拖欠|未还|所欠|迟延|迟付|欠)"
    r"[^,。;]{0,8}(?:金额|款|部分|额|租金|费|价款)?"
)


def amounts(plain: str) -> tuple[Amount, ...]:
    """Every sum of money, with the words before it."""
    found = [(match, value) for match in _MONEY.finditer(plain) if (value := _value(match)) is not None]
    return tuple(
        Amount(
            value=value,
            currency=_FOREIGN.get(match["mark"] or "", "CNY"),
            label=_label(plain, match.start()),
            in_words=_in_words(match),
            agrees=_agrees(plain, index, found),
            span=Span(start=match.start(), end=match.end()),
        )
        for index, (match, value) in enumerate(found)
    )


def _value(match: re.Match[str]) -> Decimal | None:
    if not (match["mark"] or match["unit"]):
        return None
    digits = match["n"]
    if not re.match(r"\d", digits) and set(digits) <= set("百千万亿点"):
        return None
    value = number(digits) * _SCALE[(match["scale"] or "").lower()]
    for sign, part in (("角", Decimal("0.1")), ("分", Decimal("0.01"))):
        small = re.search(rf"([{_UPPER}]){sign}", match["rest"] or "")
        value += number(small[1]) * part if small else 0
    return value if value < _BIGGEST else None


def _in_words(match: re.Match[str]) -> bool:
    return len(match["n"]) > 1 and all(char in _UPPER for char in match["n"])


def _label(plain: str, place: int) -> str:
    before = re.split(r"[。;\n]|,(?!\d)", plain[max(0, place - 24) : place])[-1]
    return re.sub(
        r"(?:人民币|大写|小写|(?<![合总小])共(?=$)|(?<![合总共小])计(?=$)|[()（）:为是¥￥\s])+$", "", before
    ).strip("( :")


def _agrees(plain: str, index: int, found: list[tuple[re.Match[str], Decimal]]) -> bool | None:
    """Whether the figure beside a sum in words (or the words beside a figure) says the same."""
    match, value = found[index]
    near = [found[other] for other in (index - 1, index + 1) if 0 <= other < len(found)]
    for other, worth in near:
        first, second = sorted((match, other), key=lambda one: one.start())
        gap = plain[first.end() : second.start()]
        if _in_words(match) != _in_words(other) and re.fullmatch(
            r"\s?[(,:;/、]?\s?(?:即)?(?:\(?(?:小写|大写)\)?)?\s?[:]?\s?(?:人民币)?[(]?\s?", gap
        ):
            return value == worth
    return None


def rate_facts(plain: str) -> tuple[RateFact, ...]:
    return tuple(_rates(plain))


def _rates(plain: str) -> Iterator[RateFact]:
    for rate in rates(plain):
        yield RateFact(
            percent=rate.percent,
            period=rate.period,
            annual_percent=rate.annual,
            base=base_of(plain, rate),
            debtor=debtor_of(plain, rate.start, rate.sentence[0]),
            span=Span(start=rate.start, end=rate.end),
        )


def base_of(plain: str, rate: Rate) -> str:
    """What the percentage is taken of: the nearest of the words for the arrears and the whole price."""
    near = plain[max(rate.sentence[0], rate.start - 26) : rate.start] + "@" + plain[rate.end : rate.end + 8]
    places = {
        name: max((found.start() for found in re.finditer(words, near)), default=-1)
        for name, words in (("total", _TOTAL_BASE), ("arrears", _ARREARS_BASE))
    }
    best = max(places, key=lambda name: places[name])
    return best if places[best] >= 0 else "other"


def debtor_of(plain: str, place: int, start: int) -> str:
    """The party whose lateness the sentence, or else the one before it, is about."""
    before = plain[start:place]
    late = list(_LATE_PARTY.finditer(before))
    if late:
        return re.sub(r"\s", "", late[-1][1])
    own = re.match(
        r"\s*(?:[(（]?[一二三四五六七八九十\d.]+[)）、]?)?\s*(?!任[一何]|一方|对方|双方|各方|他人|守约|违约)([一-鿿]{1,3}方)(?=逾期|迟|延|未|晚|拖|违)",
        before,
    )
    named = re.findall(rf"({LABEL}|任何一方|违约方)", before) or re.findall(
        rf"({LABEL})[^。;,]{{0,16}}(?:应|须|未|不|少|迟|晚)", "" if own else _sentence_before(plain, start)
    )
    return re.sub(r"\s", "", named[0]) if named else own[1] if own else ""


def _sentence_before(plain: str, start: int) -> str:
    """The sentence before, in the same paragraph."""
    line = plain[plain.rfind("\n", 0, max(start - 1, 0)) + 1 : start]
    return re.split(r"[。;]", line.rstrip("。;\n"))[-1]
