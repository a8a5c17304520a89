"""The right to work on a job for a while.

A worker claims a job, renews its lease from a thread while it works, and confirms it inside the transaction
that commits the result. Whoever lost the lease (too slow, stopped, cancelled) finds out at `confirm` and its
work is rolled back. The method is Kleppmann's fencing token, with the database as the storage that checks it.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.jobs.models import Job, JobState

log = structlog.get_logger(__name__)


class LostLease(Exception):
    """Another worker, a cancellation or a retry has taken the job over: stop and commit nothing."""


class Unfinished(Exception):
    """Raised by a handler that has worked long enough for one turn; it goes on with `payload` at its next."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.payload = payload
        super().__init__()


def _lease() -> timedelta:
    return timedelta(seconds=settings.SUNMAO_JOB_LEASE_SECONDS)


class Lease:
    """What a handler gets: the job's ids and payload, and the means to report and to commit."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.pk
        self.organisation_id = job.organisation_id
        self.kind = job.kind
        self.subject_id = job.subject_id
        self.payload: dict[str, Any] = job.payload
        self.fence = job.fence

    @property
    def worker(self) -> Actor:
        """Who acts in what the job does by itself."""
        return Actor(
            kind="system", id=None, organisation_id=self.organisation_id, name="worker", language="zh-hans"
        )

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job_id, fence=self.fence, state=JobState.RUNNING)

    def progress(self, done: int, total: int) -> None:
        """Report and renew; raises `LostLease` when the job was cancelled or taken over."""
        with tenancy.scope(self.organisation_id, durable=False):
            self.report(done, total)

    def report(self, done: int, total: int) -> None:
        """The same, in the caller's transaction."""
        if not self._mine().update(progress=done, progress_total=total, lease_until=Now() + _lease()):
            raise LostLease

    def renew(self) -> bool:
        with tenancy.scope(self.organisation_id, durable=False):
            return bool(self._mine().update(lease_until=Now() + _lease()))

    def confirm(self) -> None:
        """Lock the job row inside the caller's transaction: nobody can take it until the commit."""
        if not self._mine().select_for_update().exists():
            raise LostLease

    def succeed(self, result: dict[str, Any]) -> None:
        """Inside the transaction that commits the work, so that both happen or neither."""
        done = self._mine().update(
            state=JobState.SUCCEEDED,
            result=result,
            finished_at=Now(),
            lease_until=None,
            progress=F("progress_total"),
            error_code="",
            error_texts={},
        )
        if not done:
            raise LostLease


def claim(*, organisation_id: uuid.UUID, job_id: uuid.UUID) -> Lease | None:
    """Take a waiting job, or one whose worker stopped renewing; None when there is nothing to take."""
    with tenancy.scope(organisation_id):
        free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=Now())
        taken = Job.objects.filter(free, pk=job_id, attempts__lt=F("max_attempts")).update(
            state=JobState.RUNNING,
            attempts=F("attempts") + 1,
            fence=F("fence") + 1,
            lease_until=Now() + _lease(),
            started_at=Now(),
        )
        return Lease(Job.objects.get(pk=job_id)) if taken else None


@contextmanager
def kept_alive(lease: Lease) -> Iterator[None]:
    """Renew in the background: a parser may spend longer than a lease inside one call."""
    stop = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(lease, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _renew_until(lease: Lease, stop: threading.Event) -> None:
    try:
        while not stop.wait(settings.SUNMAO_JOB_LEASE_SECONDS / 3):
            if not _renewed(lease):
                return
    finally:
        connection.close()


def _renewed(lease: Lease) -> bool:
    try:
        return lease.renew()
    except DatabaseError:
        # The database may be restarting; the lease outlives a short absence, and confirm() decides.
        log.warning("lease_not_renewed", job=str(lease.job_id), exc_info=True)
        connection.close()
        return True
