"""How one text becomes another: the fewest edits that a person would call edits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"\n|[^\S\n]+|\d[\d,]*(?:\.\d+)?[%％‰]?|[A-Za-zÀ-ÿ]+(?:['’-][A-Za-zÀ-ÿ]+)*|.", re.DOTALL)
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_LEAST_KEPT = 2
"""Wide characters; fewer that are equal between two edits are rather part of one edit."""
_LEAST_ALIKE = 0.3
"""Texts that are less alike are shown as one removed and one added: their few equal words are chance."""
_MOST = 6_000
"""Tokens on each side; above, only what both begin and end with is told apart."""


@dataclass(frozen=True)
class Edit:
    """Replace `[start, end)` of the old text by `new`."""

    start: int
    end: int
    new: str


def edits_between(old: str, new: str) -> list[Edit]:
    """In order, never touching each other. Applied together they turn `old` into `new`."""
    one, two = _TOKEN.findall(old), _TOKEN.findall(new)
    head = _common(one, two)
    tail = _common(one[head:][::-1], two[head:][::-1])
    one, two = one[head : len(one) - tail], two[head : len(two) - tail]
    start = sum(map(len, _TOKEN.findall(old)[:head]))
    inner_old, inner_new = "".join(one), "".join(two)
    if not (inner_old or inner_new):
        return []
    if not (one and two) or max(len(one), len(two)) > _MOST:
        return [Edit(start, start + len(inner_old), inner_new)]
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return [Edit(start, start + len(inner_old), inner_new)]
    return list(_edits(matcher.get_opcodes(), one, two, start))


def _edits(
    codes: Sequence[tuple[str, int, int, int, int]], one: list[str], two: list[str], start: int
) -> Iterator[Edit]:
    held: Edit | None = None
    at, between = start, ""
    for tag, i1, i2, j1, j2 in codes:
        old, new = "".join(one[i1:i2]), "".join(two[j1:j2])
        if tag == "equal":
            between = old
        elif held and not _is_worth_keeping(between):
            held = Edit(held.start, at + len(old), held.new + between + new)
        else:
            if held:
                yield held
            held = Edit(at, at + len(old), new)
        at += len(old)
    if held:
        yield held


def _is_worth_keeping(equal: str) -> bool:
    """A line end always is; so are two Chinese characters, a word, or a figure."""
    if "\n" in equal:
        return True
    wide = len(_WIDE.findall(equal))
    return wide >= _LEAST_KEPT or len(re.sub(r"\W", "", equal)) - wide >= _LEAST_KEPT


def _common(one: Sequence[str], two: Sequence[str]) -> int:
    count = 0
    for a, b in zip(one, two, strict=False):
        if a != b:
            break
        count += 1
    return count


def applied(text: str, edits: Sequence[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


__all__ = ["Edit", "applied", "edits_between"]
