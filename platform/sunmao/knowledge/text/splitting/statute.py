"""Chinese statutes: one unit for each article.

The layout follows 立法技术规范（试行）（一）: 编, 分编, 章, 节 above articles; an inserted article is
numbered 第X条之一. Traditional characters (第X條) are read, too, and labelled as references are looked
up. Promulgation notes, preambles and introductions between headings become sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sunmao.knowledge.text import numerals
from sunmao.knowledge.text.headings import Line, heading_text, lines_of, tidy
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.splitting.length import pieces
from sunmao.knowledge.text.splitting.outline import Outline
from sunmao.knowledge.text.splitting.units import Kind, Span

LEAST_ARTICLES = 3
LONGEST_ARTICLE = 1500

_NUMERAL = rf"[{numerals.CHARACTERS}\d０-９]{{1,9}}"
_ARTICLE = re.compile(
    rf"[\s\u3000]*(?:#{{1,6}}\s+)?(?:\*\*|__)?第\s?({_NUMERAL})\s?[条條](?:之({_NUMERAL}))?(?:\*\*|__)?"
    r"(?P<after>[\s\u3000]|[:：【\[]|$)?"
)
# A wrapped line may begin with a reference to an article; these follow references and never open an article.
_REFERS = re.compile(r"、?第|[，。；至和或与及的所中规之]")
_DIVISION = re.compile(rf"第{_NUMERAL}(分?[编編]|章|[节節])(?:[\s\u3000]\S.{{0,38}}|)$")
_APPENDIX = re.compile(r"附(?:件|表|录|錄|则|則)[\s\u3000一二三四五六七八九十\d:：]{0,4}\S{0,20}$")
_RANKS = {"编": 1, "編": 1, "分编": 2, "分編": 2, "章": 3, "节": 4, "節": 4}
_APPENDIX_RANK = 1
_SENTENCE_END = tuple("。；：，.;:,")


@dataclass(frozen=True)
class Mark:
    """Where an article or a heading begins; `level` 0 is an article."""

    line: Line
    text: str
    level: int = 0


def spans(parsed: Parsed) -> Iterator[Span]:
    """Everything but the headings themselves, in reading order."""
    marks = list(marks_of(parsed.text))
    outline = Outline(parsed.title)
    yield from _cut(
        parsed, Span("section", parsed.title, (), 0, marks[0].line.start if marks else len(parsed.text))
    )
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.line.start if following else len(parsed.text)
        if mark.level:
            outline.enter(mark.level, mark.text)
        kind: Kind = "section" if mark.level else "article"
        start = mark.line.end if mark.level else mark.line.start
        yield from _cut(parsed, Span(kind, mark.text, outline.path, start, end))


def article_count(parsed: Parsed) -> int:
    return sum(not mark.level for mark in marks_of(parsed.text))


def marks_of(text: str) -> Iterator[Mark]:
    """Every line that opens an article or is a heading."""
    number = 0
    for line in lines_of(text):
        if line.fenced or not line.text.strip():
            continue
        if article := _article(line.text, after=number):
            label, number = article
            yield Mark(line, label)
        elif level := _level(line):
            yield Mark(line, heading_text(line.text), level)


def _article(line: str, *, after: int) -> tuple[str, int] | None:
    found = _ARTICLE.match(line)
    number = numerals.from_chinese(found.group(1)) if found else None
    if found is None or number is None:
        return None
    if found.group("after") is None and (number != after + 1 or _REFERS.match(line, found.end())):
        return None
    return label_of(number, found.group(2)), number


def label_of(number: int, inserted: str | None = None) -> str:
    """585 → `第五百八十五条`; an inserted article → `第十七条之一`."""
    place = numerals.from_chinese(inserted) if inserted else None
    return f"第{numerals.to_chinese(number)}条" + (f"之{numerals.to_chinese(place)}" if place else "")


def _level(line: Line) -> int:
    said = tidy(heading_text(line.text))
    division = _DIVISION.match(said)
    if division and not said.endswith(_SENTENCE_END):
        return _RANKS[division.group(1)]
    if line.level:
        return line.level
    return _APPENDIX_RANK if _APPENDIX.match(said) and not said.rstrip(":：").endswith(_SENTENCE_END) else 0


def _cut(parsed: Parsed, span: Span) -> Iterator[Span]:
    """A span as it is, or, when it is far too long, in parts with the same label."""
    if span.end - span.start <= LONGEST_ARTICLE:
        yield span
        return
    for start, end in pieces(parsed.text, span.start, span.end, target=LONGEST_ARTICLE):
        yield Span(span.kind, span.label, span.heading_path, start, end)


__all__ = ["LEAST_ARTICLES", "LONGEST_ARTICLE", "Mark", "article_count", "label_of", "marks_of", "spans"]
