"""A text cut into the units that are compared: clauses, or paragraphs where nothing is numbered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from verticals.contract_review.documents.comparing.changes import HasPlace
from verticals.contract_review.domain import segments

_NUMBER = re.compile(
    r"[ \t\u3000#*]*(?P<number>第[零〇一二三四五六七八九十百千\d]{1,9}[编章节条款]"
    r"|[（(][一二三四五六七八九十\d]{1,3}[)）]|[一二三四五六七八九十]{1,3}、|\d{1,3}(?:\.\d{1,3}){0,3}(?=[、.．\s])"
    r"|(?:ARTICLE|Article|SECTION|Section|Clause)\s+[\dIVXivx.]+|\([a-z\divx]{1,4}\))[、.．:：\s]*"
)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Unit:
    """`text[start:end]` of a version, with white space at its end cut off."""

    text: str
    start: int
    end: int
    number: str
    heading: str

    @cached_property
    def body(self) -> str:
        """What it says, its own number and white space left out."""
        found = _NUMBER.match(self.text)
        return _BLANKS.sub("", self.text[found.end() :] if found else self.text)

    @cached_property
    def pairs(self) -> frozenset[str]:
        body = f" {self.body}"
        return frozenset(body[i : i + 2] for i in range(len(body) - 1))


def units_of(text: str, clauses: Sequence[HasPlace] | None) -> list[Unit]:
    """What stands before the first clause is a unit of its own."""
    found = clauses if clauses is not None else segments.clauses(text)
    headings = {clause.start: clause.heading for clause in reversed(found)}
    starts = sorted({0, *headings})
    return [
        unit
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
        if (unit := _unit(text, start, end, headings.get(start, "")))
    ]


def _unit(text: str, start: int, end: int, heading: str) -> Unit | None:
    said = text[start:end].rstrip()
    if not said.strip():
        return None
    found = _NUMBER.match(said)
    return Unit(said, start, start + len(said), found["number"] if found else "", heading)


__all__ = ["Unit", "units_of"]
