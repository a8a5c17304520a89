"""Tasks that are no question to the knowledge base: a vertical's own verb does them, for every door.

The verb of a `Task` is `(*, actor, data, file) -> Work`. It checks its input, stores what it was given and
queues a job; doors then wait for the job, or tell its number.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.selectors import verticals_of
from sunmao.answering.policies import RUN
from sunmao.answering.services import PICK_UP_SECONDS, NoWorker
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, NotFound, Unavailable
from sunmao.core.vertical import find_task, resolve
from sunmao.jobs.models import Job, JobState

POLL_SECONDS = 0.1


class StillWorking(Unavailable):
    code = "still_working"
    default_message = _(
        "The work takes longer than a request may wait. It goes on; ask for its result later."
    )
    retry_after = 30


@dataclass(frozen=True)
class GivenFile:
    """A file that came with a task's input."""

    name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True, kw_only=True)
class Work:
    """A queued job and what it is for; `result` gives the outcome once it has ended, or raises its error."""

    job: Job
    reference: Mapping[str, str]
    result: Callable[[], dict[str, Any]]

    def wait(self) -> dict[str, Any]:
        """Block until the job has ended. Holds no database connection between two looks."""
        began = time.monotonic()
        while not self._ended():
            waited = time.monotonic() - began
            if waited > PICK_UP_SECONDS and self.job.state == JobState.QUEUED and not self.job.attempts:
                raise NoWorker
            if waited > settings.SUNMAO_ANSWER_SECONDS:
                raise StillWorking(fields={"job_id": str(self.job.pk)})
            tenancy.give_back()
            time.sleep(POLL_SECONDS)
        return self.result()

    def _ended(self) -> bool:
        with tenancy.scope(self.job.organisation_id):
            self.job.refresh_from_db()
        return self.job.has_ended


def start(*, actor: Actor, task_name: str, data: object, file: GivenFile | None = None) -> Work | None:
    """Begin what a verb does; None for an input that the pipeline answers (`services.ask`)."""
    vertical, task = find_task(task_name)
    name = f"{vertical.slug}.{task.name}"
    given: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    if not task.verb or (task.verb_field and not given.get(task.verb_field)):
        if file is not None:
            raise InvalidInput(fields={"file": _("is not a field of this task")})
        return None
    actor.require(RUN)
    if vertical not in verticals_of(actor.organisation_id) or not actor.can(RUN, task=name):
        raise NotFound(code="unknown_task", fields={"task": task_name})
    if not isinstance(data, Mapping):
        raise InvalidInput(_("The input must be a JSON object."))
    work: Work = resolve(task.verb)(actor=actor, data=given, file=file)
    return work


__all__ = ["GivenFile", "StillWorking", "Work", "start"]
