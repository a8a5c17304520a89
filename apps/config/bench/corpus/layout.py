"""Which rows belong to which base, and which topic each row is about.

A base holds topics of its own, as real bases do: rows spread evenly over bases would hide that an index over
all bases finds nothing in one of them when the question is about something else.
"""

from __future__ import annotations

from dataclasses import dataclass

OTHERS = 20
TOPICS = 200


@dataclass(frozen=True)
class Base:
    """The rows from `start` up to, not including, `stop`."""

    slug: str
    start: int
    stop: int
    audience: str = "everyone"

    @property
    def size(self) -> int:
        return self.stop - self.start

    @property
    def rows(self) -> range:
        return range(self.start, self.stop)


@dataclass(frozen=True)
class Layout:
    rows: int
    bases: tuple[Base, ...]

    def base(self, slug: str) -> Base:
        return next(base for base in self.bases if base.slug == slug)

    def topic_of(self, row: int) -> int:
        return row * self.topics // self.rows

    @property
    def topics(self) -> int:
        return min(TOPICS, self.rows // 10)


def layout(rows: int) -> Layout:
    """One base of 1 %, one of 10 %, one of 1 % for staff only, and twenty that share the rest."""
    small, large = rows // 100, rows // 10
    bases = [
        Base("small", 0, small),
        Base("large", small, small + large),
        Base("secret", small + large, 2 * small + large, audience="staff"),
    ]
    start = bases[-1].stop
    edges = [start + (rows - start) * part // OTHERS for part in range(OTHERS + 1)]
    bases += [Base(f"other-{part}", edges[part], edges[part + 1]) for part in range(OTHERS)]
    return Layout(rows, tuple(bases))
