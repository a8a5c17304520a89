"""Small spans to find, each with the section around it to read.

A question matches a few sentences best; an answer needs what stands around them. Children are cut from each
unit of the structure that the text has, and every child remembers that unit as its parent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.splitting.length import pieces, scaled
from sunmao.knowledge.text.splitting.units import Span

CHILD = 150
"""In Chinese characters: two to four sentences."""


def children_of(parsed: Parsed, parents: Iterable[Span]) -> Iterator[Span]:
    target = scaled(CHILD, parsed.text)
    for parent in parents:
        around = (parent.start, parent.end)
        for start, end in pieces(parsed.text, parent.start, parent.end, target=target):
            yield replace(parent, start=start, end=end, parent=around)


__all__ = ["CHILD", "children_of"]
