"""Tables of figures: one shape on every page, and on a phone one card for each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sunmao.core.errors import Message


@dataclass(frozen=True, kw_only=True)
class Table:
    """The first cell of a row names it; the others are figures. Without `cards` it scrolls on a phone, which
    suits a table with as many columns as rows."""

    title: Message
    rows: Sequence[Sequence[Any]]
    head: Sequence[Message] = field(default_factory=tuple)
    cards: bool = True

    @property
    def shown(self) -> Iterator[list[tuple[Message, Any]]]:
        """(title of the column, cell)"""
        for row in self.rows:
            yield list(zip(self.head or [""] * len(row), row, strict=True))


__all__ = ["Table"]
