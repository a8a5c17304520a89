"""One way to recognise a kind of personal data: a regular expression as data, a check, words near it.

`\\b` is no boundary between Chinese and digits, so the expressions stand between look-arounds of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sunmao.guards.personal.found import Found
from sunmao.guards.personal.kinds import Kind

# Between two groups of a number: nothing, a space or a sign, or the end of a line.
GAP = r"(?:[ \t.·_-]{1,2}|[ \t]*\r?\n[ \t]*)?"
ALONE = r"(?<![0-9A-Za-z])"
ALONE_AFTER = r"(?![0-9A-Za-z])"
_SIGNS = re.compile(r"[\s.·_()+-]")
LEFT, RIGHT = 16, 10

Check = Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """`regex` reads folded text; its group `value`, where it has one, is what is found.

    `check` says whether the value's check digit is right. `near` are words that must stand close by, `unless`
    words that must not stand before it. `needs` is a sign without which the text need not be searched at all.
    """

    kind: Kind
    regex: re.Pattern[str]
    score: float
    check: Check | None = None
    near: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    certain: bool = False

    def find(self, text: str) -> Iterator[Found]:
        """A candidate that fails must not swallow a true one that begins inside it."""
        at = 0
        while match := self.regex.search(text, at):
            start, end = match.span("value" if "value" in self.regex.groupindex else 0)
            if self._holds(text, text[start:end], start, end):
                yield Found(start, end, self.kind, self.score, self.certain)
                at = max(end, match.start() + 1)
            else:
                at = match.start() + 1

    def _holds(self, text: str, value: str, start: int, end: int) -> bool:
        if self.check and not self.check(bare(value)):
            return False
        left = text[max(0, start - LEFT) : start]
        if self.unless and self.unless.search(left):
            return False
        return not self.near or bool(self.near.search(left) or self.near.search(text[end : end + RIGHT]))


def bare(value: str) -> str:
    """A number without what people put between its groups."""
    return _SIGNS.sub("", value).upper()


__all__ = ["ALONE", "ALONE_AFTER", "GAP", "Check", "Pattern", "bare"]
