"""Verbs on jobs. Each takes effect in the row at once; messages follow after the commit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import ChannelError, OperationalError

from sunmao.accounts import quotas
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict, Message, SunmaoError
from sunmao.core.request_id import current_request_id
from sunmao.jobs import batches
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.registry import kinds, queues

log = structlog.get_logger(__name__)


_ANEW: dict[str, Any] = {
    "state": JobState.QUEUED,
    "attempts": 0,
    "fence": F("fence") + 1,
    "progress": 0,
    "error_code": "",
    "error_texts": {},
    "finished_at": None,
    "sent_at": None,
    "queued_at": Now(),
}
"""What a job is set to that starts over."""


class TooManyAttempts(SunmaoError):
    code = "too_many_attempts"
    default_message = _(
        "The work stopped several times without an error of its own, as when memory runs out. "
        "Nothing was changed. Try a smaller file, or ask the operator to look at the worker's log."
    )


class InternalError(SunmaoError):
    code = "internal_error"
    default_message = _(
        "An unexpected error occurred. Nothing was changed. The operator's log has the details."
    )


def enqueue(
    *,
    actor: Actor,
    kind: str,
    subject_id: uuid.UUID,
    payload: Mapping[str, Any] | None = None,
    like: Job | None = None,
) -> Job:
    """Create a job in the caller's transaction; it is sent to a worker after the commit. One that comes of
    another job, `like`, is of the same person, request and batch."""
    job = _made(actor, kind, subject_id, payload, like)
    job.save(force_insert=True)
    transaction.on_commit(lambda: send(job))
    return job


def refuse(
    *,
    actor: Actor,
    kind: str,
    subject_id: uuid.UUID,
    payload: Mapping[str, Any],
    error: SunmaoError,
    like: Job | None = None,
) -> Job:
    """A job that has failed before it could begin: its reason stands where that of others does, and it can be
    tried again like them."""
    job = _made(actor, kind, subject_id, payload, like)
    job.save(force_insert=True)
    Job.objects.filter(pk=job.pk).update(**_failure(error))
    job.refresh_from_db()
    return job


def _made(
    actor: Actor, kind: str, subject_id: uuid.UUID, payload: Mapping[str, Any] | None, like: Job | None
) -> Job:
    declared = kinds()[kind]
    person_key, name = _starter(actor, like)
    return Job(
        kind=kind,
        queue=declared.queue,
        subject_id=subject_id,
        payload=dict(payload or {}),
        max_attempts=declared.max_attempts,
        person_key=person_key,
        created_by=name,
        request_id=like.request_id if like else current_request_id(),
        batch=like.batch if like else batches.current(),
    )


def _starter(actor: Actor, like: Job | None) -> tuple[uuid.UUID | None, str]:
    if like is None or like.created_by is None or isinstance(like.created_by, persons.Erased):
        return persons.key_of(actor.subject), actor.name
    return like.person_key, like.created_by


def send(job: Job) -> None:
    """Tell the workers. A broker that is away is no reason to fail: the sweeper sends again."""
    try:
        current_app.send_task(
            "jobs.run",
            args=(str(job.organisation_id), str(job.pk), job.queue),
            queue=job.queue,
            retry=False,
        )
    except (OperationalError, OSError):
        log.warning("job_not_sent", job=str(job.pk), exc_info=True)
        return
    with tenancy.scope(job.organisation_id, durable=False):
        Job.objects.filter(pk=job.pk).update(sent_at=Now())


def cancel(*, actor: Actor, job: Job) -> Job:
    """Stop at once: the row is cancelled now, and a worker still busy with it cannot commit any more."""
    actor.require("jobs.job.cancel")
    with tenancy.scope(actor.organisation_id):
        changed = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING]).update(
            state=JobState.CANCELLED, fence=F("fence") + 1, finished_at=Now(), lease_until=None
        )
        if not changed:
            raise Conflict(_("This job has already ended."), code="job_ended")
        _give_back([job.subject_id])
        audit.record(actor=actor, verb="job.cancelled", subject=job, kind=job.kind)
        job.refresh_from_db()
    return job


def retry(*, actor: Actor, job: Job) -> Job:
    """Start again from the beginning, with all attempts restored."""
    actor.require("jobs.job.retry")
    with tenancy.scope(actor.organisation_id):
        changed = Job.objects.filter(pk=job.pk, state__in=[JobState.FAILED, JobState.CANCELLED]).update(
            **_ANEW
        )
        if not changed:
            raise Conflict(_("Only a failed or cancelled job can be tried again."), code="job_not_failed")
        audit.record(actor=actor, verb="job.retried", subject=job, kind=job.kind)
        job.refresh_from_db()
        transaction.on_commit(lambda: send(job))
    return job


@dataclass(frozen=True)
class Together:
    """Jobs that one decision is about, as the subject of its audit entry: a batch, or a base."""

    pk: uuid.UUID


def cancel_all(*, actor: Actor, jobs: QuerySet[Job], subject: Together) -> int:
    """End every unfinished one at once; returns how many. Which the actor may end, the caller has chosen."""
    actor.require("jobs.job.cancel")
    with tenancy.scope(actor.organisation_id):
        unfinished = _same(jobs).filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        subjects = list(unfinished.values_list("subject_id", flat=True))
        changed = unfinished.update(
            state=JobState.CANCELLED, fence=F("fence") + 1, finished_at=Now(), lease_until=None
        )
        if changed:
            _give_back(subjects)
            audit.record(actor=actor, verb="jobs.cancelled", subject=subject, count=changed)
    return changed


def _give_back(subjects: Iterable[uuid.UUID | None]) -> None:
    """Nobody gets what was cancelled: where limits of use held something for it, it does not count."""
    for one in subjects:
        if one is not None:
            quotas.give_back(work_id=one)


def retry_all(*, actor: Actor, jobs: QuerySet[Job], subject: Together) -> int:
    """Start every failed one again from the beginning; returns how many."""
    actor.require("jobs.job.retry")
    with tenancy.scope(actor.organisation_id):
        failed = list(_same(jobs).filter(state=JobState.FAILED).order_by("queued_at", "id"))
        changed = Job.objects.filter(pk__in=[job.pk for job in failed], state=JobState.FAILED).update(**_ANEW)
        if changed:
            audit.record(actor=actor, verb="jobs.retried", subject=subject, count=changed)
        transaction.on_commit(lambda: _send_all(failed))
    return changed


def _same(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """A plain selection by id: what the actor may see is asked for through other tables."""
    return Job.objects.filter(pk__in=jobs.order_by().values("pk"))


def _send_all(jobs: list[Job]) -> None:
    for job in jobs:
        send(job)


def fail(*, lease: Lease, error: SunmaoError) -> bool:
    """End the job with its reason, unless the lease was lost meanwhile."""
    with tenancy.scope(lease.organisation_id):
        mine = Job.objects.filter(pk=lease.job_id, fence=lease.fence, state=JobState.RUNNING)
        return bool(mine.update(**_failure(error)))


def give_back(*, lease: Lease) -> bool:
    """After an unexpected error: wait for another attempt, or fail when none is left."""
    with tenancy.scope(lease.organisation_id):
        mine = Job.objects.filter(pk=lease.job_id, fence=lease.fence, state=JobState.RUNNING)
        if mine.filter(attempts__gte=F("max_attempts")).update(**_failure(InternalError())):
            return False
        return bool(mine.update(state=JobState.QUEUED, lease_until=None, sent_at=None))


def put_back(*, lease: Lease, payload: Mapping[str, Any]) -> None:
    """The handler has more to do but lets others have their turn; what it did so far is no failed attempt."""
    with tenancy.scope(lease.organisation_id):
        mine = Job.objects.filter(pk=lease.job_id, fence=lease.fence, state=JobState.RUNNING)
        waits = mine.update(
            state=JobState.QUEUED,
            attempts=0,
            payload=dict(payload),
            lease_until=None,
            sent_at=None,
            queued_at=Now(),
        )
        job = Job.objects.get(pk=lease.job_id) if waits else None
    if job is not None:
        send(job)


def sweep() -> int:
    """Send again what nobody holds: expired leases, and messages that the broker lost. Returns how many."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        stale = Now() - settings.SUNMAO_JOB_RESEND_AFTER
        expired = list(Job.objects.filter(state=JobState.RUNNING, lease_until__lt=Now())[:500])
        waiting = Job.objects.filter(state=JobState.QUEUED, created_at__lt=stale).exclude(sent_at__gt=stale)
        idle = {queue for queue in queues() if not _has_messages(queue)}
        unsent = list(waiting.filter(queue__in=idle).order_by("queued_at")[:500])
    for job in expired:
        _revive(job)
    for job in unsent:
        send(job)
    return len(expired) + len(unsent)


def _has_messages(queue: str) -> bool:
    """Any message will do for any waiting job: while some are left, none needs to be sent again."""
    try:
        with current_app.connection_or_acquire() as broker:
            declared = broker.default_channel.queue_declare(queue, passive=True)
    except (OperationalError, OSError, ChannelError):
        return False
    return bool(declared.message_count)


def _revive(job: Job) -> None:
    """A worker stopped renewing: hand the job on, or give up when it has killed every worker that tried."""
    with tenancy.scope(job.organisation_id):
        held = Job.objects.filter(pk=job.pk, fence=job.fence, state=JobState.RUNNING, lease_until__lt=Now())
        if held.filter(attempts__gte=F("max_attempts")).update(**_failure(TooManyAttempts())):
            return
        revived = held.update(state=JobState.QUEUED, fence=F("fence") + 1, lease_until=None)
    if revived:
        send(job)


def _failure(error: SunmaoError) -> dict[str, Any]:
    return {
        "state": JobState.FAILED,
        "error_code": error.code,
        "error_texts": in_every_language(error.message),
        "finished_at": Now(),
        "lease_until": None,
    }


def in_every_language(message: Message) -> dict[str, str]:
    """A stored reason is read later, by people of either language."""
    texts = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            texts[code] = str(message)
    return texts


def supersede(*, job: Job) -> None:
    """End a job whose subject has moved on, inside the caller's transaction; not a person's decision."""
    supersede_all(jobs=Job.objects.filter(pk=job.pk))


def supersede_all(*, jobs: QuerySet[Job]) -> None:
    unfinished = _same(jobs).filter(state__in=[JobState.QUEUED, JobState.RUNNING])
    unfinished.update(state=JobState.CANCELLED, fence=F("fence") + 1, finished_at=Now(), lease_until=None)
