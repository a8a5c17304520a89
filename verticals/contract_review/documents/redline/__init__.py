"""Changes → tracked changes and comments in Word's own format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sunmao.guards.label import Label


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


def redline(
    docx: bytes, changes: Sequence[Change], *, now: datetime, label: Label | None = None, language: str = "zh"
) -> Redline:
    """The document with each change tracked, or, where it cannot be, commented.

    Positions are those of `read_contract` of the same bytes. `label` goes into the file's properties and,
    visibly, into a first comment. Raises `UnreadableFile` for a file that is no whole DOCX.
    """
    raise NotImplementedError


def write_redline(
    docx: bytes, changes: Sequence[Change], *, now: datetime, label: Label | None = None, language: str = "zh"
) -> bytes:
    return redline(docx, changes, now=now, label=label, language=language).data


def redline_of_text(
    text: str,
    changes: Sequence[Change],
    *,
    now: datetime,
    title: str = "",
    label: Label | None = None,
    language: str = "zh",
) -> Redline:
    """For contracts that were pasted or came as PDF: a new DOCX of the text with the changes tracked."""
    raise NotImplementedError


def accept_all(docx: bytes) -> bytes:
    """The document as it reads when every change is accepted, whoever made it."""
    raise NotImplementedError


def reject_all(docx: bytes, *, authors: frozenset[str] | None = None) -> bytes:
    """The document without its changes; only those of `authors` where they are named."""
    raise NotImplementedError


__all__ = [
    "Change",
    "Outcome",
    "Redline",
    "accept_all",
    "redline",
    "redline_of_text",
    "reject_all",
    "write_redline",
]
