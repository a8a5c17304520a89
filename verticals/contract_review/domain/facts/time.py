"""Dates, the term of the contract, and deadlines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from verticals.contract_review.domain.facts.people import LABEL
from verticals.contract_review.domain.shapes import DateFact, Deadline, Span, Term
from verticals.contract_review.figures import NUMBER, lengths, number

_CN = "〇零一二三四五六七八九十"
DAY = re.compile(
    rf"(?P<y>\d{{4}}|[{_CN}]{{4}})\s?[年./-]\s?(?P<m>\d{{1,2}}|[{_CN}]{{1,3}})\s?[月./-]\s?(?P<d>\d{{1,2}}|[{_CN}]{{1,3}})\s?[日号]?(?!\d)"
)
RANGE = re.compile(
    rf"(?:自|从|由)?\s?{DAY.pattern}\s?(?:起|开始)?(?:[^。;\d\n]{{0,14}}(?<!直)(?<!付)(?:至|到)|[,(]?\s?(?:-|—|~|–))\s?".replace(
        "?P<", "?P<a_"
    )
    + DAY.pattern
)
_ROLES = (
    ("signing", r"签(?:订|署|约|字)[^,。;]{0,8}$|订立[^,。;]{0,6}$"),
    ("effective", r"生效[^,。;]{0,6}$"),
    ("start", r"(?:自|从|起始|开始|到岗|入职|用工|起租)[^,。;]{0,8}$"),
    ("end", r"(?:至|到|止|届满|截止)[^,。;]{0,4}$"),
)
TERM_WORDS = (
    r"(?:劳动|本|服务|租赁|借款|合作|承包)?(?:合同|协议|本合同)?(?:的)?(?:有效)?(?:期限|期间|"
    r"有效期)|租期|租约|租赁期限?|租赁年限|合同期|服务期|合作期|聘期|借期|使用年限|有效期"
)
_OTHER_TERM = (
    r"试用|保修|质保|保证期|检验|异议|付款|交货|验收|竞业|保密|宽限|通知|培训|免租|履行期|工期|"
    r"诉讼时效|续|剩余"
)
_DEADLINE = re.compile(
    rf"(?P<event>签订|签署|签约|生效|收到[^,。;]{{0,12}}|交付|交货|到货|收货|签收|验收合格|验收|终止|届满|解除|到期|完成)[^,。;\d]{{0,6}}?(?:后|之日起|日起|当日起|起)的?"
    rf"\s?(?P<n>{NUMBER})\s?个?(?P<unit>工作日|自然日|日|天|个月|月|年|小时)内?",
    re.IGNORECASE,
)
_BY = re.compile(rf"(?:应当?|须|于|在)[^,。;]{{0,8}}{DAY.pattern}(?:之?前|以前|止)")


def read_day(match: re.Match[str], prefix: str = "") -> date | None:
    """The day of a match of DAY, written in figures or in Chinese numerals."""
    try:
        parts = [_figure(match[f"{prefix}{part}"], year=part == "y") for part in "ymd"]
        return date(*parts)
    except ValueError:
        return None


def _figure(text: str, *, year: bool) -> int:
    if text.isdigit():
        return int(text)
    return int("".join(str(int(number(char))) for char in text)) if year else int(number(text))


def dates(plain: str) -> tuple[DateFact, ...]:
    return tuple(_dates(plain))


def _dates(plain: str) -> Iterator[DateFact]:
    for match in DAY.finditer(plain):
        day = read_day(match)
        before = plain[max(0, match.start() - 12) : match.start()]
        if day:
            role = next((name for name, form in _ROLES if re.search(form, before)), "other")
            yield DateFact(day=day, role=role, span=Span(start=match.start(), end=match.end()))


def ranges(plain: str) -> Iterator[tuple[date, date, int, int]]:
    """From-to pairs of dates."""
    for match in RANGE.finditer(plain):
        first, last = read_day(match, "a_"), read_day(match)
        if first and last:
            yield first, last, match.start(), match.end()


def months_between(first: date, last: date) -> Decimal:
    """Whole and part months, the last day included."""
    months = (last.year - first.year) * 12 + last.month - first.month
    days = last.day - first.day + 1
    return Decimal(months) + (Decimal(days) / 30 if days not in (0, 30, 31) else Decimal(days >= 30))


def term(plain: str) -> Term | None:
    """How long the contract runs: the words for it and what follows, else the first pair of dates."""
    span = next(iter(ranges(plain)), None)
    spoken = next(_spoken_terms(plain), None)
    open_ended = re.search(
        r"无固定(?:终止)?(?:期限|日期)|不定期(?:租赁|合同)|长期有效|永久有效|(?:until terminated)", plain
    )
    if spoken:
        start, end, months = spoken
        return Term(
            months=months,
            start=span[0] if span else None,
            end=span[1] if span else None,
            open_ended=bool(open_ended),
            span=Span(start=start, end=end),
        )
    if span:
        return Term(
            months=months_between(span[0], span[1]),
            start=span[0],
            end=span[1],
            open_ended=bool(open_ended),
            span=Span(start=span[2], end=span[3]),
        )
    if open_ended:
        place = Span(start=open_ended.start(), end=open_ended.end())
        return Term(months=None, start=None, end=None, open_ended=True, span=place)
    return None


def _spoken_terms(plain: str) -> Iterator[tuple[int, int, Decimal]]:
    for label in re.finditer(TERM_WORDS, plain):
        gap = plain[label.end() : label.end() + 16]
        before = plain[max(0, label.start() - 4) : label.end()]
        stop = re.search(r"[。;\n]|提前|届满|内|前", gap)
        found = next(lengths(gap[: stop.start()] if stop else gap), None)
        if found and DAY.match(plain, label.end() + found.start):
            continue
        if found and not re.search(_OTHER_TERM, before + gap[: found.start]):
            yield label.end() + found.start, label.end() + found.end, found.months


def deadlines(plain: str) -> tuple[Deadline, ...]:
    return tuple(_deadlines(plain))


def _deadlines(plain: str) -> Iterator[Deadline]:
    for match in _DEADLINE.finditer(plain):
        start = max(plain.rfind(mark, 0, match.start()) for mark in "。;\n") + 1
        named = re.findall(LABEL, plain[start : match.end() + 16])
        unit = match["unit"]
        yield Deadline(
            event=match["event"],
            count=number(match["n"]),
            unit="day" if unit[-1] in "日天" else {"时": "hour", "月": "month", "年": "year"}[unit[-1]],
            working=unit == "工作日",
            party=named[0] if named else "",
            duty=re.split(r"[,。;\n]", plain[match.end() : match.end() + 40])[0],
            span=Span(start=match.start(), end=match.end()),
        )
