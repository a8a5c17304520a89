"""Running tools beside each other, none longer than it may take.

A thread cannot be ended from outside: one that hangs is left behind, its result is not waited for, and while
too many of the same tool hang, it is not called at all. The database ends what takes too long there.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connection
from django.utils import translation

from sunmao.answering.tooling.toolbox import Offered
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound, SunmaoError
from sunmao.inference.tools.declaring import Context
from sunmao.inference.tools.problems import ToolFault
from sunmao.inference.tools.results import Result

log = structlog.get_logger(__name__)

MOST_HANGING = 3
_hanging: Counter[str] = Counter()
_counting = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Work:
    offered: Offered
    context: Context
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    result: Result
    code: str = ""
    milliseconds: int = 0


def together(works: Sequence[Work], *, seconds: float) -> list[Outcome]:
    """The outcome of each, in order. None of them holds more than what is left of the turn."""
    threads = [_Worker(work) for work in works]
    for one in threads:
        one.start()
    began = time.monotonic()
    return [
        one.outcome(min(one.work.offered.timeout, seconds) - (time.monotonic() - began)) for one in threads
    ]


class _Worker(threading.Thread):
    def __init__(self, work: Work) -> None:
        super().__init__(daemon=True, name=f"tool {work.offered.name}")
        self.work = work
        self._variables = copy_context()
        self._found: Outcome | None = None
        self._began = time.monotonic()

    def run(self) -> None:
        with _counting:
            _hanging[self.work.offered.name] += 1
        try:
            self._found = self._variables.run(in_scope, self.work)
        finally:
            with _counting:
                _hanging[self.work.offered.name] -= 1
            connection.close()

    def start(self) -> None:
        if _hanging[self.work.offered.name] < MOST_HANGING + 4:
            super().start()

    def outcome(self, seconds: float) -> Outcome:
        if self.ident is not None:
            self.join(max(0.0, seconds))
        return self._found or _failed(
            ToolFault("tool_timeout", "The tool did not answer in time."), self._began
        )


def in_scope(work: Work) -> Outcome:
    """In this thread, in a transaction of its own."""
    return attempted(lambda: _done(work))


def _done(work: Work) -> Any:
    actor = work.context.actor
    with tenancy.scope(actor.organisation_id), translation.override(actor.language):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true)", [f"{work.offered.timeout:.1f}s"]
            )
        return work.offered.call(work.context, work.arguments)


def attempted(call: Callable[[], Any]) -> Outcome:
    """Whatever a tool raises becomes something that a model can read, and nothing of our own inside it."""
    began = time.monotonic()
    try:
        return Outcome(result=Result.of(call()), milliseconds=_since(began))
    except ToolFault as fault:
        return _failed(fault, began)
    except (NotFound, Forbidden):
        return _failed(ToolFault("not_found", "There is no such thing, or it may not be seen."), began)
    except SunmaoError as error:
        return _failed(ToolFault("precondition_failed", f"{error.code}: {error.message}"), began)
    except Exception:  # noqa: BLE001  a tool is somebody's code: the turn goes on without it
        log.exception("tool_failed")
        return _failed(ToolFault("tool_failed", "The tool failed."), began)


def _failed(fault: ToolFault, began: float) -> Outcome:
    return Outcome(result=Result.fault(fault), code=fault.code, milliseconds=_since(began))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


__all__ = ["Outcome", "Work", "attempted", "in_scope", "together"]
