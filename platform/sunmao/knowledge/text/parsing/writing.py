"""Text put together block by block, with a note of where each page and each inner file lies."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sunmao.knowledge.text.parsing.parsed import PageSpan, Parsed, Part, Picture, Remark

_BETWEEN = "\n\n"
Span = TypeVar("Span", PageSpan, Part, Picture)


class Text:
    """Blocks are separated by an empty line."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self.length = 0
        self.pages: list[PageSpan] = []
        self.parts: list[Part] = []
        self.hidden: list[str] = []
        self.aside: list[str] = []
        self.remarks: list[Remark] = []
        self.pictures: list[Picture] = []

    def add(self, block: str) -> int:
        """The offset at which the block starts; one of white space leaves no trace."""
        said = block.strip("\n")
        if not said.strip():
            return self.length
        start = self.length + (len(_BETWEEN) if self._blocks else 0)
        self._blocks.append(said)
        self.length = start + len(said)
        return start

    def add_page(self, number: int, *blocks: str) -> None:
        starts = [self.add(block) for block in blocks if block.strip()]
        if starts:
            self.pages.append(PageSpan(number, starts[0], self.length))

    def add_part(self, name: str, inner: Parsed) -> None:
        """A file inside the file: its text below its name, its pages and remarks moved to where it stands."""
        self.add(f"# {name}")
        start = self.add(inner.text) if inner.text.strip() else self.length
        # `add` strips line ends in front, and offsets of the inner file count from behind them.
        shift = start - (len(inner.text) - len(inner.text.lstrip("\n")))
        self.parts.append(Part(name, inner.media_type, start, self.length))
        self.pages += [self._moved(page, shift, start) for page in inner.pages]
        self.parts += [replace(self._moved(p, shift, start), name=f"{name}/{p.name}") for p in inner.parts]
        self.pictures += [self._moved(picture, shift, start) for picture in inner.pictures]
        self.hidden += inner.hidden
        self.aside += inner.aside
        self.remarks += [replace(r, about=f"{name}: {r.about}" if r.about else name) for r in inner.remarks]

    def _moved(self, span: Span, shift: int, first: int) -> Span:
        start, end = (min(max(offset + shift, first), self.length) for offset in (span.start, span.end))
        return replace(span, start=start, end=end)

    def parsed(self, *, title: str, media_type: str, encoding: str = "") -> Parsed:
        return Parsed(
            text=_BETWEEN.join(self._blocks),
            title=title,
            media_type=media_type,
            encoding=encoding,
            pages=tuple(self.pages),
            parts=tuple(self.parts),
            hidden=tuple(self.hidden),
            aside=tuple(self.aside),
            remarks=tuple(self.remarks),
            pictures=tuple(self.pictures),
        )


__all__ = ["Text"]
