"""Which clause of the new version is which of the old one."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from verticals.contract_review.documents.comparing.changes import ClauseChange, WordKind, Words
from verticals.contract_review.documents.comparing.cutting import Unit
from verticals.contract_review.documents.differences import edits_between

_ALIKE, _SAME_HEADING, _SAME_NUMBER = 0.5, 0.3, 0.1
"""How alike two clauses must be, and what a common heading or number counts towards it."""
_LEAST = 0.2
"""Less alike is another clause, whatever stands above it."""
_MANY, _FAR = 250_000, 60
"""Above so many pairs, only clauses that stand so near to each other are compared."""


def aligned(before: Sequence[Unit], after: Sequence[Unit]) -> Iterator[ClauseChange]:
    pairs = _equal(before, after)
    pairs |= _similar(before, after, pairs)
    moved = _out_of_order(pairs)
    removed = _removed_behind(before, pairs)
    yield from (_alone("removed", unit) for unit in removed[None])
    old_of = {new: old for old, new in pairs.items()}
    for new, unit in enumerate(after):
        if new not in old_of:
            yield _alone("added", unit)
            continue
        old = old_of[new]
        yield _together(before[old], unit, is_moved=old in moved)
        yield from (_alone("removed", gone) for gone in removed[old])


def _equal(before: Sequence[Unit], after: Sequence[Unit]) -> dict[int, int]:
    """Clauses that say the same: first those in one order, then those that stand elsewhere."""
    bodies = [unit.body for unit in before], [unit.body for unit in after]
    matcher = SequenceMatcher(None, *bodies, autojunk=False)
    pairs = {block.a + i: block.b + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    left, taken = defaultdict(list), set(pairs.values())
    for new, body in enumerate(bodies[1]):
        if new not in taken:
            left[body].append(new)
    for old, body in enumerate(bodies[0]):
        if old not in pairs and left[body]:
            pairs[old] = left[body].pop(0)
    return pairs


def _similar(before: Sequence[Unit], after: Sequence[Unit], pairs: dict[int, int]) -> dict[int, int]:
    """The rest, the best pairs first."""
    taken = set(pairs.values())
    olds = [old for old in range(len(before)) if old not in pairs]
    news = [new for new in range(len(after)) if new not in taken]
    far = _FAR if len(olds) * len(news) > _MANY else len(before) + len(after)
    scored = [
        (-score, abs(old - new), old, new)
        for old in olds
        for new in news
        if abs(old - new) <= far and (score := _likeness(before[old], after[new])) >= _ALIKE
    ]
    found: dict[int, int] = {}
    used: set[int] = set()
    for _score, _distance, old, new in sorted(scored):
        if old not in found and new not in used:
            found[old] = new
            used.add(new)
    return found


def _likeness(one: Unit, two: Unit) -> float:
    alike = _overlap(one, two)
    if alike < _LEAST:
        return 0.0
    same_heading = bool(one.heading) and one.heading == two.heading
    same_number = bool(one.number) and one.number == two.number
    return alike + _SAME_HEADING * same_heading + _SAME_NUMBER * same_number


def _overlap(one: Unit, two: Unit) -> float:
    """Of pairs of letters, by Dice's coefficient."""
    total = len(one.pairs) + len(two.pairs)
    return 2 * len(one.pairs & two.pairs) / total if total else 1.0


def _out_of_order(pairs: dict[int, int]) -> set[int]:
    """Old clauses outside the longest run that kept its order: those are the ones that were moved."""
    order = sorted(pairs)
    ends: list[int] = []
    last: list[int] = []
    previous: dict[int, int | None] = {}
    for old in order:
        at = bisect_left(ends, pairs[old])
        previous[old] = last[at - 1] if at else None
        ends[at : at + 1], last[at : at + 1] = [pairs[old]], [old]
    kept: set[int] = set()
    walk = last[-1] if last else None
    while walk is not None:
        kept.add(walk)
        walk = previous[walk]
    return set(order) - kept


def _removed_behind(before: Sequence[Unit], pairs: dict[int, int]) -> dict[int | None, list[Unit]]:
    """Removed clauses by the old clause behind which they stood."""
    found: dict[int | None, list[Unit]] = defaultdict(list)
    last: int | None = None
    for old, unit in enumerate(before):
        if old in pairs:
            last = old
        else:
            found[last].append(unit)
    return found


def _together(old: Unit, new: Unit, *, is_moved: bool) -> ClauseChange:
    """A clause whose number alone is another one is the same clause."""
    same = old.body == new.body
    return ClauseChange(
        kind="moved" if is_moved else "same" if same else "changed",
        heading=new.heading or new.number,
        before=(old.start, old.end),
        after=(new.start, new.end),
        words=tuple(_words(old.text, new.text)),
        similarity=1.0 if same else round(_overlap(old, new), 3),
    )


def _alone(kind: WordKind, unit: Unit) -> ClauseChange:
    span = (unit.start, unit.end)
    return ClauseChange(
        kind="added" if kind == "added" else "removed",
        heading=unit.heading or unit.number,
        before=span if kind == "removed" else None,
        after=span if kind == "added" else None,
        words=(Words(kind, unit.text),),
        similarity=0.0,
    )


def _words(old: str, new: str) -> Iterator[Words]:
    at = 0
    for edit in edits_between(old, new):
        if edit.start > at:
            yield Words("same", old[at : edit.start])
        if edit.end > edit.start:
            yield Words("removed", old[edit.start : edit.end])
        if edit.new:
            yield Words("added", edit.new)
        at = edit.end
    if at < len(old):
        yield Words("same", old[at:])


__all__ = ["aligned"]
