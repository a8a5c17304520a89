"""ATX headings (CommonMark 0.31, section 4.2) with their offsets; lines inside code fences are not
headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t\u3000]+(.*)$")
_CLOSING = re.compile(r"(?:^|[ \t])#+$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")
_SPACES = re.compile(r"[ \t\u3000\xa0]+")


class Line(NamedTuple):
    """One line without its line end. `level` is 1 to 6 for a heading and 0 for anything else."""

    text: str
    start: int
    level: int = 0
    fenced: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def lines_of(text: str) -> Iterator[Line]:
    """Every line of `text`, told apart into headings, fenced code and the rest."""
    start, fence = 0, ""
    for raw in text.split("\n"):
        mark = _FENCE.match(raw) if "`" in raw or "~" in raw else None
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
            yield Line(raw, start, fenced=True)
        else:
            heading = _HEADING.match(raw) if "#" in raw and not fence else None
            yield Line(raw, start, level=len(heading.group(1)) if heading else 0, fenced=bool(fence))
        start += len(raw) + 1


def heading_text(line: str) -> str:
    """`## **第一章**　总则 ##` → `第一章 总则`."""
    found = _HEADING.match(line)
    return tidy(_CLOSING.sub("", found.group(2).rstrip()) if found else line)


def first_heading(text: str) -> str:
    """The first heading that says something, or an empty string."""
    return next((said for line in lines_of(text) if line.level and (said := heading_text(line.text))), "")


def tidy(text: str) -> str:
    """Without emphasis marks, with single spaces."""
    return _SPACES.sub(" ", _EMPHASIS.sub(r"\2", text)).strip()


__all__ = ["Line", "first_heading", "heading_text", "lines_of", "tidy"]
