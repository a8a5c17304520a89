"""Families of words: one meaning, the ways in which drafters put it, shared by rules and checks.

A pattern names a family in braces. A pattern that begins with `~N` and lists parts asks for all of them
in one sentence, in whatever order, with at most N characters between neighbours; `=N` in one part between
commas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import permutations

from verticals.contract_review.figures import table

_FAMILY = re.compile(r"\{([a-z_]+)\}")
_TOGETHER = re.compile(r"([~=])(\d+)\s+(.+)", re.DOTALL)


def spelt(pattern: str) -> str:
    """A pattern with its families, and families of families, written out."""
    while _FAMILY.search(pattern):
        pattern = _FAMILY.sub(lambda match: f"(?:{families()[match[1]]})", pattern)
    return pattern


def joined(value: str | Sequence[str]) -> str:
    """One pattern of one or many."""
    parts = [value] if isinstance(value, str) else list(value)
    return "|".join(f"(?:{_together(part)})" for part in parts)


def _together(part: str) -> str:
    found = _TOGETHER.fullmatch(part)
    if not found:
        return spelt(part)
    stops = "。;\\n" if found[1] == "~" else ",。;\\n"
    gap = rf"[^{stops}]{{0,{found[2]}}}?"
    wanted = [f"(?:{spelt(one)})" for one in found[3].split()]
    return "|".join(gap.join(order) for order in permutations(wanted))


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(joined(pattern))


@cache
def families() -> dict[str, str]:
    """A family is one pattern, or a list of ways that are read as one."""
    rows: dict[str, str | list[str]] = table("review_words.toml")["words"]
    return {name: value if isinstance(value, str) else "|".join(value) for name, value in rows.items()}
