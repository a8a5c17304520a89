"""Records of spreadsheets: a line is a unit, known by its first value, under the name of its sheet."""

from __future__ import annotations

from collections.abc import Iterator

from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.splitting.length import pieces, scaled
from sunmao.knowledge.text.splitting.markdown import LONGEST_SECTION, sections_of
from sunmao.knowledge.text.splitting.units import Span

MEDIA_TYPES = frozenset({"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})
_LONGEST_LABEL = 120


def is_table(parsed: Parsed) -> bool:
    return parsed.media_type in MEDIA_TYPES


def spans(parsed: Parsed) -> Iterator[Span]:
    """What stands in a picture is a unit of its own (`knowledge.pictures`) and no record."""
    limit = scaled(LONGEST_SECTION, parsed.text)
    shown = [(picture.start, picture.end) for picture in parsed.pictures]
    for section in sections_of(parsed):
        for line in section.lines:
            if any(start <= line.start < end for start, end in shown):
                continue
            label = _label(line.text)
            if line.end - line.start <= limit:
                yield Span("table_row", label, section.path, line.start, line.end)
                continue
            for start, end in pieces(parsed.text, line.start, line.end, target=limit):
                yield Span("table_row", label, section.path, start, end)


def _label(record: str) -> str:
    """`产品: 稳健一号; 费率: 0.5%` → `稳健一号`."""
    first = record.partition("; ")[0]
    _name, mark, value = first.partition(": ")
    return (value if mark else first)[:_LONGEST_LABEL]


__all__ = ["is_table", "spans"]
