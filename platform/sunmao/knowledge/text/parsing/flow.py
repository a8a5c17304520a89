"""Printed lines → paragraphs, also across pages.

A PDF ends a line where the paper ends, in the middle of words and sentences. A line runs on into the next
when it fills the measure of its page, does not end a sentence, and the next line does not open something new.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_FULL = 0.85
_CLOSED = re.compile(r"[。！？；：.!?;:…][”’」』）)\"]{0,2}$")
_OPENS = re.compile(
    r"第[零〇一二三四五六七八九十百千\d]{1,9}[编編章节節条條]|[（(][一二三四五六七八九十\d]{1,4}[)）]"
    r"|[一二三四五六七八九十]{1,3}、|\d{1,3}[.、)）](?!\d)|[#•●·◆■–-]\s?|[QA问答][:：]|附[件表录则]"
)
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\u3000-\u303f]")


def flowed(pages: Sequence[Sequence[str]]) -> tuple[str, list[int]]:
    """The lines of all pages → (text in whole paragraphs, offset at which each page starts)."""
    parts: list[str] = []
    starts: list[int] = []
    length, last, is_open = 0, "", False
    for lines in pages:
        measure = max((_width(line) for line in lines), default=0)
        starts.append(length)
        for number, line in enumerate(lines):
            said = line.strip()
            glue = _glue(last, said, is_open=is_open) if parts else ""
            parts.append(glue + said)
            length += len(glue) + len(said)
            if number == 0:
                starts[-1] = length - len(said)
            last, is_open = said, _runs_on(said, measure)
    return "".join(parts), starts


def _runs_on(line: str, measure: int) -> bool:
    return bool(line) and _width(line) >= _FULL * measure and not _CLOSED.search(line)


def _glue(before: str, after: str, *, is_open: bool) -> str:
    if not is_open or not after or _OPENS.match(after):
        return "\n"
    return "" if _WIDE.match(before[-1]) or _WIDE.match(after) else " "


def _width(line: str) -> int:
    """In columns: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.strip())


__all__ = ["flowed"]
