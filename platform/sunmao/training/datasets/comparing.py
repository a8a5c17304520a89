"""What differs between two versions of a data set, example by example. In the caller's scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sunmao.training.datasets.models import Row, Version
from sunmao.training.datasets.selectors import rows_of


@dataclass(frozen=True)
class Difference:
    """`changed` are pairs of before and after; `moved` have the same words in another part."""

    added: list[Row]
    removed: list[Row]
    changed: list[tuple[Row, Row]]
    moved: list[tuple[Row, Row]]
    same: int

    @property
    def counts(self) -> dict[str, int]:
        return {
            "added": len(self.added),
            "removed": len(self.removed),
            "changed": len(self.changed),
            "moved": len(self.moved),
            "same": self.same,
        }


def between(before: Version, after: Version) -> Difference:
    """Rows are compared by their digests: nothing is opened that is not shown."""
    old = {row.line: row for row in rows_of(before)}
    new = {row.line: row for row in rows_of(after)}
    both = [(row, new[line]) for line, row in old.items() if line in new]
    changed = [(a, b) for a, b in both if a.digest != b.digest]
    moved = [(a, b) for a, b in both if a.digest == b.digest and a.part != b.part]
    return Difference(
        added=[row for line, row in new.items() if line not in old],
        removed=[row for line, row in old.items() if line not in new],
        changed=changed,
        moved=moved,
        same=len(both) - len(changed) - len(moved),
    )


def settings_between(before: Version, after: Version) -> dict[str, Any]:
    """Settings that differ, as (before, after)."""
    names = sorted({*before.settings, *after.settings})
    pairs = {name: (before.settings.get(name), after.settings.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


__all__ = ["Difference", "between", "settings_between"]
