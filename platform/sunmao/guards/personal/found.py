"""What was found in a text, and which of two overlapping finds is kept."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from sunmao.guards.personal.kinds import Kind


@dataclass(frozen=True, order=True)
class Found:
    """`text[start:end]` is personal data; `certain` when a check digit, a label or the record says so."""

    start: int
    end: int
    kind: Kind
    score: float
    certain: bool = False


def settled(found: Iterable[Found]) -> tuple[Found, ...]:
    """Without overlaps: the surer one stays, of equals the longer one; in reading order."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (-f.score, f.start - f.end, f.start)):
        at = bisect_left(kept, one)
        after = kept[at].start if at < len(kept) else one.end
        before = kept[at - 1].end if at else one.start
        if before <= one.start and one.end <= after:
            kept.insert(at, one)
    return tuple(kept)


__all__ = ["Found", "settled"]
