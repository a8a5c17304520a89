"""What a text is split into."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed

Kind = Literal["article", "qa", "section", "paragraph", "table_row", "image"]


@dataclass(frozen=True)
class Unit:
    """A retrievable span: `parsed.text[start:end] == text`, never blank.

    `label` is what a citation calls it: `第五百八十五条`, a heading, a question, the first cell of a row,
    or empty. `heading_path` leads from the outermost heading to the innermost and leaves out the title of
    the document; for a table row its last entry is the header row. `page` is where the span starts.
    `image` is the file of the picture that it stands for. `parent` is the span of the text around it that an
    answer should read, where that is more than itself.
    """

    kind: Kind
    label: str
    heading_path: tuple[str, ...]
    text: str
    start: int
    end: int
    page: int | None
    parent: tuple[int, int] | None = None
    image: Mapping[str, str] | None = None

    def moved(self, by: int, *, below: str = "") -> Unit:
        """The same unit in a text in which its own stands `by` characters further on, and under a name."""
        return replace(
            self,
            start=self.start + by,
            end=self.end + by,
            parent=(self.parent[0] + by, self.parent[1] + by) if self.parent else None,
            heading_path=(below, *self.heading_path) if below else self.heading_path,
        )


@dataclass(frozen=True)
class Split:
    """All units in reading order, and how many there are of each kind."""

    units: tuple[Unit, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Span:
    """A part of the text that is going to be a unit."""

    kind: Kind
    label: str
    heading_path: tuple[str, ...]
    start: int
    end: int
    parent: tuple[int, int] | None = None


def units_of(parsed: Parsed, spans: Iterable[Span]) -> list[Unit]:
    """Spans without surrounding white space; blank ones disappear."""
    starts = [page.start for page in parsed.pages]
    made = []
    for span in spans:
        raw = parsed.text[span.start : span.end]
        if text := raw.strip():
            start = span.start + len(raw) - len(raw.lstrip())
            page = _page_at(parsed.pages, starts, start)
            end = start + len(text)
            made.append(Unit(span.kind, span.label, span.heading_path, text, start, end, page, span.parent))
    return made


def _page_at(pages: tuple[PageSpan, ...], starts: list[int], offset: int) -> int | None:
    return pages[max(0, bisect_right(starts, offset) - 1)].number if pages else None


__all__ = ["Kind", "Span", "Split", "Unit", "units_of"]
