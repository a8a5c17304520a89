"""Sections under headings; tables inside them row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sunmao.knowledge.text.headings import Line, heading_text, lines_of
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.splitting.length import pieces, scaled
from sunmao.knowledge.text.splitting.outline import Outline
from sunmao.knowledge.text.splitting.tables import blocks_of, row_spans
from sunmao.knowledge.text.splitting.units import Span

LONGEST_SECTION = 800
"""In Chinese characters: a reader sees at a glance why the section was found."""


@dataclass(frozen=True)
class Section:
    """The lines under one heading; `path` ends with that heading, or is empty before the first."""

    path: tuple[str, ...]
    label: str
    lines: tuple[Line, ...]


def spans(parsed: Parsed) -> Iterator[Span]:
    limit = scaled(LONGEST_SECTION, parsed.text)
    for section in sections_of(parsed):
        yield from section_spans(parsed, section, limit=limit)


def has_headings(parsed: Parsed) -> bool:
    return any(line.level for line in lines_of(parsed.text))


def sections_of(parsed: Parsed) -> Iterator[Section]:
    outline, label, held = Outline(parsed.title), parsed.title, list[Line]()
    path: tuple[str, ...] = ()
    for line in lines_of(parsed.text):
        if not line.level:
            held.append(line)
            continue
        yield Section(path, label, tuple(held))
        label, held = heading_text(line.text), []
        outline.enter(line.level, label)
        path = outline.path
    yield Section(path, label, tuple(held))


def section_spans(parsed: Parsed, section: Section, *, limit: int) -> Iterator[Span]:
    for is_table, block in blocks_of(section.lines):
        if is_table:
            yield from row_spans(block, section.path)
            continue
        start, end = block[0].start, block[-1].end
        for begin, stop in _within(parsed.text, start, end, limit=limit):
            yield Span("section", section.label, section.path, begin, stop)


def _within(text: str, start: int, end: int, *, limit: int) -> Iterator[tuple[int, int]]:
    """Whole paragraphs packed up to the limit; only a paragraph longer than that is cut at sentences."""
    if end - start <= limit:
        yield start, end
        return
    begin, stop = start, start
    for first, last in _paragraphs(text, start, end):
        if last - begin > limit and stop > begin:
            yield begin, stop
            begin = first
        if last - first > limit:
            yield from pieces(text, first, last, target=limit)
            begin = last
        stop = last
    if stop > begin:
        yield begin, stop


def _paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        border = text.find("\n\n", start, end)
        stop = end if border < 0 else border
        yield start, stop
        start = stop + 2


__all__ = ["LONGEST_SECTION", "Section", "has_headings", "section_spans", "sections_of", "spans"]
