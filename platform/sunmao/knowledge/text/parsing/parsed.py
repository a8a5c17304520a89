"""What a file becomes, whatever its format was."""

from __future__ import annotations

from dataclasses import dataclass

from sunmao.core.errors import Message, UnreadableFile


@dataclass(frozen=True)
class PageSpan:
    """Page `number` (from 1) covers `text[start:end]`."""

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Parsed:
    """The text of a file. All later offsets count characters of `text`.

    `encoding` is the codec of a text file and empty for formats that carry their own; `pages` is empty for
    formats without pages.
    """

    text: str
    title: str
    media_type: str
    encoding: str = ""
    pages: tuple[PageSpan, ...] = ()


def unreadable(code: str, message: Message) -> UnreadableFile:
    return UnreadableFile(message, code=code)


__all__ = ["PageSpan", "Parsed", "unreadable"]
