"""What became of the clauses of a contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

ChangeKind = Literal["same", "changed", "added", "removed", "moved"]
WordKind = Literal["same", "removed", "added"]


class HasPlace(Protocol):
    """A clause as the rules cut it: `text[start:end]`, its number path and its heading."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def path(self) -> object: ...
    @property
    def heading(self) -> str: ...


@dataclass(frozen=True)
class Words:
    """A stretch of a clause: in both versions, only in the old one, or only in the new one."""

    kind: WordKind
    text: str


@dataclass(frozen=True)
class ClauseChange:
    """`before` and `after` are (start, end) in the old and in the new text; None where there is none.

    A clause that was moved may be changed as well: then `words` shows how.
    """

    kind: ChangeKind
    heading: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None
    words: tuple[Words, ...]
    similarity: float


@dataclass(frozen=True)
class Comparison:
    """In the order of the new version; removed clauses stand where they stood."""

    changes: tuple[ClauseChange, ...]

    def count(self, kind: ChangeKind) -> int:
        return sum(change.kind == kind for change in self.changes)


__all__ = ["ChangeKind", "ClauseChange", "Comparison", "HasPlace", "WordKind", "Words"]
