"""What is to be changed in a contract, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Change:
    """Replace `text[start:end]` of the contract as it was read by `new_text`; line ends make paragraphs.

    `new_text` None leaves the words alone and only comments. `comment` may have several lines; empty for
    none. `author` is shown for both, e.g. `Sunmao + Wang Lan`.
    """

    start: int
    end: int
    new_text: str | None
    comment: str = ""
    author: str = "Sunmao"


@dataclass(frozen=True)
class Outcome:
    """What became of the change at the same place of the sequence.

    `note` is empty for one that was tracked; else a code that says why it is only a comment: `comment_only`
    (asked for), `unchanged`, `overlap`, `outside`, or what `Piece.locked` says.
    """

    tracked: bool
    note: str = ""


@dataclass(frozen=True)
class Redline:
    data: bytes
    outcomes: tuple[Outcome, ...]


__all__ = ["Change", "Outcome", "Redline"]
