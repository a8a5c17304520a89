"""What changed between two texts, word by word; Chinese, which has no spaces, character by character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Op = Literal["same", "removed", "added"]
_WORDS = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_SENTENCES = re.compile(r"[^。！？；.!?;\n]*[。！？；.!?;\n]+|[^。！？；.!?;\n]+")
MOST_PAIRS = 4_000_000
"""Comparing takes time with the product of both lengths; longer texts are compared by sentences."""


@dataclass(frozen=True)
class Piece:
    op: Op
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """Joined, the pieces that are not added are `before`, those that are not removed are `after`."""
    old, new = _tokens(before, after)
    return list(_pieces(old, new))


def _tokens(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) * len(new) <= MOST_PAIRS:
        return old, new
    return _SENTENCES.findall(before), _SENTENCES.findall(after)


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            yield Piece("same", "".join(old[a:b]))
            continue
        if a < b:
            yield Piece("removed", "".join(old[a:b]))
        if c < d:
            yield Piece("added", "".join(new[c:d]))


def likeness(one: str, other: str) -> float:
    """The share of pairs of characters that two texts have in common, from 0 to 1."""
    a, b = _pairs(one), _pairs(other)
    return len(a & b) / len(a | b) if a and b else 0.0


def _pairs(text: str) -> set[str]:
    plain = "".join(text.split()).lower()
    return {plain[place : place + 2] for place in range(len(plain) - 1)}


__all__ = ["Op", "Piece", "difference", "likeness"]
