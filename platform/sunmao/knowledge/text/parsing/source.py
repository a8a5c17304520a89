"""A file on its way through a reader, and what it and everything inside it may still unpack to."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.parsing.parsed import Parsed, unreadable

MAX_UNPACKED = 512 * 1024 * 1024
"""Bytes that everything inside one file may unpack to, at all depths together."""
MAX_ENTRIES = 10_000
MAX_DEPTH = 3
"""Archives within archives, and mails within mails."""


@dataclass
class Budget:
    """Shared by a file and all files inside it, so that nesting never multiplies an allowance."""

    unpacked: int = MAX_UNPACKED
    entries: int = MAX_ENTRIES

    def take(self, *, entries: int, unpacked: int) -> None:
        """Raises `UnreadableFile` with `file_too_large_inside`."""
        self.entries -= entries
        self.unpacked -= unpacked
        if self.entries < 0 or self.unpacked < 0:
            raise unreadable(
                "file_too_large_inside",
                _("The file unpacks to far more than its size. Split it into smaller documents."),
            )


@dataclass(frozen=True)
class Member:
    """A file inside another one. `size` is what the container declares, `read` takes it out."""

    name: str
    size: int
    read: Callable[[], bytes]


class Recogniser(Protocol):
    """Reads the words in a picture. It lives where text recognition is installed and allowed to run."""

    def __call__(self, picture: Any) -> list[str]:
        """The lines of an image array in reading order."""


@dataclass(frozen=True)
class Source:
    """`name` is only used for the title and the ending. `parse` reads a file inside this one.

    With `apart`, files inside become documents of their own (`Format.unpack`) and no part of the text. With
    `wordless`, pictures that nobody described and that hold no words are kept too: something looks at them.
    """

    name: str
    data: bytes
    parse: Callable[[Source], Parsed]
    budget: Budget = field(default_factory=Budget)
    depth: int = 0
    recognise: Recogniser | None = None
    apart: bool = False
    wordless: bool = False

    def inside(self, name: str, data: bytes) -> Parsed:
        """Read a file that this one holds. Raises `UnreadableFile`, also with `file_too_complex`."""
        if self.depth >= MAX_DEPTH:
            raise unreadable(
                "file_too_complex",
                _("Files are packed in files more than three deep. Unpack them, then upload the documents."),
            )
        return self.parse(replace(self, name=name, data=data, depth=self.depth + 1))


@dataclass(frozen=True)
class Content:
    """The bytes that tell what a file is."""

    data: bytes

    @cached_property
    def members(self) -> frozenset[str]:
        """Names in a zip container; none when it is no container or a broken one."""
        if not self.data.startswith(b"PK"):
            return frozenset()
        try:
            with zipfile.ZipFile(BytesIO(self.data)) as archive:
                return frozenset(archive.namelist())
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
            return frozenset()


@dataclass(frozen=True)
class Format:
    """One kind of file.

    `is_it` knows it by its bytes; without one only the ending tells. Where not every file of the kind bears
    the mark (`is_marked` is false), the ending tells as well. `needs` names the modules that reading
    imports: they stay out of processes that read nothing, and are loaded ahead where reading is confined.
    `unpack` gives the files that one of this kind holds; it raises as `parse` does.
    """

    media_type: str
    extensions: Sequence[str]
    parse: Callable[[Source], Parsed]
    is_it: Callable[[Content], bool] | None = None
    needs: Sequence[str] = ()
    is_marked: bool = True
    is_plain: bool = False
    unpack: Callable[[Source], Iterator[Member]] | None = None


__all__ = [
    "MAX_DEPTH",
    "MAX_ENTRIES",
    "MAX_UNPACKED",
    "Budget",
    "Content",
    "Format",
    "Member",
    "Recogniser",
    "Source",
]
