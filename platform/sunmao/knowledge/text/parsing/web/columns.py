"""Cells of a table that reach into the rows below them: what they say belongs to each of these rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MOST = 1000
_LONGEST = 200
"""Characters of a cell that is said again: a page must not grow with its rows."""


@dataclass
class Columns:
    """Of one table, row by row. By column: for how many rows more a cell is there, and what it says."""

    above: dict[int, tuple[int, str]] = field(default_factory=dict)
    below: dict[int, tuple[int, str]] = field(default_factory=dict)
    place: int = 0

    def before_cell(self) -> list[str]:
        """What stands from above where the next cell would; that cell moves behind it."""
        said = []
        while self.place in self.above:
            said += self._carried(self.place)
            self.place += 1
        return said

    def cell(self, node: LexborNode, text: str) -> None:
        rows, columns = _span(node, "rowspan") - 1, _span(node, "colspan")
        if rows and len(text) <= _LONGEST:
            # Over several columns it is said once.
            self.below |= {self.place + at: (rows, "" if at else text) for at in range(columns)}
        self.place += columns

    def after_row(self) -> list[str]:
        said = [text for place in sorted(self.above) for text in self._carried(place)]
        self.above, self.below, self.place = self.below, {}, 0
        return said

    def _carried(self, place: int) -> list[str]:
        rows, text = self.above.pop(place)
        if rows > 1:
            self.below[place] = (rows - 1, text)
        return [text] if text else []


def _span(node: LexborNode, name: str) -> int:
    said = node.attributes.get(name) or ""
    return min(max(int(said), 1), _MOST) if said.isascii() and said.isdigit() and len(said) < 6 else 1


__all__ = ["Columns"]
