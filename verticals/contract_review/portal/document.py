"""A contract as a page shows it: its lines, with the words that findings speak of marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEADING = 60
"""A line longer than this is a clause, whatever stands at its beginning."""


@dataclass(frozen=True)
class Mark:
    """`text[start:end]` belongs to finding `number`; the graver finding comes first and is shown on top."""

    start: int
    end: int
    number: int
    tone: str
    decision: str = "open"


@dataclass(frozen=True)
class Part:
    """A stretch of a line: plain, or of one finding. `anchors` are findings whose first words these are."""

    text: str
    mark: Mark | None = None
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    start: int
    kind: str
    parts: Sequence[Part] = field(default_factory=tuple)


def lines(text: str, clauses: Sequence[Mapping[str, Any]], marks: Sequence[Mark]) -> Iterator[Line]:
    heads = {one["start"]: one["kind"] for one in clauses if one["kind"] in ("heading", "title")}
    first = _first(marks)
    start = 0
    for raw in text.split("\n"):
        end = start + len(raw)
        kind = _kind(raw, start, heads)
        if raw.strip():
            yield Line(start, kind, tuple(_parts(text, start, end, marks, first)))
        start = end + 1


def _kind(raw: str, start: int, heads: Mapping[int, str]) -> str:
    if len(raw) > HEADING or "\t" in raw:
        return "row" if "\t" in raw else "text"
    return next((heads[place] for place in range(start, start + len(raw) + 1) if place in heads), "text")


def _first(marks: Sequence[Mark]) -> dict[int, int]:
    found: dict[int, int] = {}
    for mark in marks:
        found[mark.number] = min(found.get(mark.number, mark.start), mark.start)
    return found


def _parts(
    text: str, start: int, end: int, marks: Sequence[Mark], first: Mapping[int, int]
) -> Iterator[Part]:
    here = [mark for mark in marks if mark.start < end and start < mark.end]
    edges = sorted(
        {start, end, *(place for mark in here for place in (mark.start, mark.end) if start < place < end)}
    )
    for left, right in zip(edges, edges[1:], strict=False):
        covering = [mark for mark in here if mark.start <= left and right <= mark.end]
        anchors = tuple(number for number, place in first.items() if left <= place < right)
        yield Part(text[left:right], min(covering, key=lambda one: one.number, default=None), anchors)
