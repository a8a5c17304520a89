"""Text → sentences with offsets, for Chinese, English and both in one line.

Headings, list items and table rows are whole sentences: cutting them makes pieces that nobody can read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sunmao.knowledge.text.abbreviations import ABBREVIATIONS
from sunmao.knowledge.text.scripts import CHINESE

_WHOLE_LINE = re.compile(
    r"(?:#{1,6}\s|[-*+•●◆■]\s|\d{1,3}[.)、．](?!\d)|[（(][一二三四五六七八九十百\d]{1,4}[)）]|[①-⑳])"
)
_ENUMERATION = re.compile(r"(?:\d{1,3}[.)、．](?!\d)|[-*+•●◆■]\s)")
_LONGEST_ITEM = 200
_CLOSING = "”’」』）)】》\"'"
_END = re.compile(rf"(?:[。！？；…]+|[.!?]+)[{_CLOSING}]*")
_CHINESE_OR_WIDE = re.compile(rf"[{CHINESE}\u3000-\u303f\uff00-\uffef]")
_LAST_WORD = re.compile(r"[\w.]+$")
_NEXT = re.compile(r"\s*(\S)")
_LOOK_BACK = 30


@dataclass(frozen=True)
class Sentence:
    """`text == source[start:end]`, without surrounding white space."""

    text: str
    start: int
    end: int


def sentences(text: str) -> tuple[Sentence, ...]:
    """Every non-blank part of `text` in order; nothing but white space falls between two sentences."""
    found: list[Sentence] = []
    start = 0
    for line in text.split("\n"):
        cuts = () if _stays_whole(line) else _ends(line)
        begin = 0
        for end in (*cuts, len(line)):
            found += _trimmed(text, start + begin, start + end)
            begin = end
        start += len(line) + 1
    return tuple(found)


def is_list_item(sentence: str) -> bool:
    """A heading, list item or table row."""
    said = sentence.strip()
    row = " | " in said or (said.startswith("|") and said.endswith("|") and len(said) > 1)
    return row or _WHOLE_LINE.match(said) is not None


def _stays_whole(line: str) -> bool:
    if not is_list_item(line):
        return False
    # Long numbered paragraphs are prose with a number in front.
    return len(line) <= _LONGEST_ITEM or not _ENUMERATION.match(line.lstrip())


def _ends(line: str) -> list[int]:
    indent = len(line) - len(line.lstrip())
    skip = found.end() if (found := _ENUMERATION.match(line, indent)) else 0
    return [match.end() for match in _END.finditer(line, skip) if _is_end(line, match)]


def _is_end(line: str, match: re.Match[str]) -> bool:
    mark, before = match.group()[0], line[max(0, match.start() - _LOOK_BACK) : match.start()]
    if mark not in ".!?" or match.end() == len(line):
        return True
    after = line[match.end()]
    if mark in "!?":
        return after.isspace() or _is_wide(after) or _is_wide(before[-1:])
    if _is_wide(before[-1:]):
        # Chinese written with Latin punctuation, but not a file name: 肝炎.粪便, 合同.docx
        return not (after.isascii() and (after.islower() or after.isdigit()))
    if _is_wide(after):
        return not before[-1:].isdigit()
    following = _NEXT.match(line, match.end())
    return (
        after.isspace() and not (following and following.group(1).islower()) and not _is_abbreviation(before)
    )


def _is_wide(character: str) -> bool:
    return _CHINESE_OR_WIDE.match(character) is not None


def _is_abbreviation(before: str) -> bool:
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    said = word.group().lower()
    # Initials (J. Smith), inner dots (U.S.) and titles (Dr.) do not end a sentence.
    return (
        said in ABBREVIATIONS
        or (len(said) == 1 and said.isalpha())
        or re.fullmatch(r"(?:[a-z]\.)+[a-z]", said) is not None
    )


def _trimmed(text: str, start: int, end: int) -> list[Sentence]:
    raw = text[start:end]
    inner = raw.strip()
    if not inner:
        return []
    start += len(raw) - len(raw.lstrip())
    return [Sentence(text=inner, start=start, end=start + len(inner))]


__all__ = ["Sentence", "is_list_item", "sentences"]
