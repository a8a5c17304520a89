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
class Part:
    """A file inside the file: a member of an archive, an attachment, a sheet. It covers `text[start:end]`."""

    name: str
    media_type: str
    start: int
    end: int


@dataclass(frozen=True)
class Picture:
    """A picture inside the file; `data` is its bytes in base64. What it shows stands in `text[start:end]`."""

    media_type: str
    data: str
    start: int
    end: int


@dataclass(frozen=True)
class Remark:
    """Something a person should know of a file that could be read; `remarks.said` words it.

    `about` is what it is about, a member's name or an ending; `detail` is a code of its own.
    """

    code: str
    about: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Parsed:
    """The text of a file. All later offsets count characters of `text`.

    `encoding` is the codec of a text file and empty for formats that carry their own; `pages` is empty for
    formats without pages, `parts` for a file that holds no others.

    `hidden` is text that a program finds in the file and a reader of the page does not: it is not part of
    `text`, or it is and stands there unseen. Guards look at it; nobody retrieves it. So it is with `aside`:
    comments, deleted words, properties, descriptions, which a reader may come to see in other places.
    """

    text: str
    title: str
    media_type: str
    encoding: str = ""
    pages: tuple[PageSpan, ...] = ()
    parts: tuple[Part, ...] = ()
    hidden: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    pictures: tuple[Picture, ...] = ()


def unreadable(code: str, message: Message) -> UnreadableFile:
    return UnreadableFile(message, code=code)


__all__ = ["PageSpan", "Parsed", "Part", "Picture", "Remark", "unreadable"]
