"""Jobs that were started together: the files of one upload, the pages of one look at a source."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from sunmao.core.ids import new_id
from sunmao.jobs.models import ENDED, Job, JobState

MOST_REASONS = 20

_current: ContextVar[uuid.UUID | None] = ContextVar("batch", default=None)


def current() -> uuid.UUID | None:
    return _current.get()


@contextmanager
def batch(identifier: uuid.UUID | None = None) -> Iterator[uuid.UUID]:
    """Jobs that are queued inside belong together."""
    chosen = identifier or new_id()
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)


@dataclass(frozen=True)
class Progress:
    """How far a batch is: jobs by state, and why those that failed did."""

    total: int
    states: dict[str, int]
    reasons: list[dict[str, Any]]

    @property
    def done(self) -> int:
        return sum(self.states.get(state, 0) for state in ENDED)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "done": self.done,
            "percent": self.percent,
            "states": {state: self.states.get(state, 0) for state in JobState.values},
            "reasons": self.reasons,
        }


def progress_of(jobs: QuerySet[Job]) -> Progress:
    counted = jobs.order_by().values("state").annotate(jobs=Count("pk"))
    states = {row["state"]: row["jobs"] for row in counted}
    return Progress(sum(states.values()), states, _reasons(jobs))


def _reasons(jobs: QuerySet[Job]) -> list[dict[str, Any]]:
    failed = jobs.filter(state=JobState.FAILED).order_by()
    counted = failed.values("error_code").annotate(jobs=Count("pk")).order_by("-jobs", "error_code")
    told = []
    for row in counted[:MOST_REASONS]:
        example = failed.filter(error_code=row["error_code"]).first()
        message = example.error_text if example else ""
        told.append({"code": row["error_code"], "message": message, "count": row["jobs"]})
    return told


__all__ = ["Progress", "batch", "current", "progress_of"]
