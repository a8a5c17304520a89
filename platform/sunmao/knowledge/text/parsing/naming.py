"""The title of a document that does not name itself."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[/\\]")
_EXTENSION = re.compile(r"\.\w{1,10}$")
_MAX_TITLE = 200


def last_component(name: str) -> str:
    """The file name without any folder, whichever system it came from."""
    return _SEPARATORS.split(name.strip().rstrip("/\\"))[-1]


def extension_of(name: str) -> str:
    """`.pdf` for `Report.PDF`, empty when there is none."""
    found = _EXTENSION.search(last_component(name))
    return found.group().lower() if found else ""


def title_from(name: str) -> str:
    """A file name fit for reading: no folder, no extension, no control characters, at most 200 characters."""
    printable = "".join(c for c in _EXTENSION.sub("", last_component(name)) if c.isprintable())
    return printable.strip()[:_MAX_TITLE]


__all__ = ["extension_of", "last_component", "title_from"]
