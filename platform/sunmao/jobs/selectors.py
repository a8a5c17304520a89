from __future__ import annotations

from typing import Any

from django.db.models import Count

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference
from sunmao.jobs.models import Job


def visible_job(*, actor: Actor, job_id: object) -> Job:
    """The job, or `NotFound`: another organisation's job does not exist for this actor."""
    actor.require("jobs.job.read")
    job = Job.objects.filter(organisation_id=actor.organisation_id, pk=reference(job_id)).first()
    if job is None:
        raise NotFound
    return job


def as_dict(job: Job) -> dict[str, Any]:
    """A job as every door shows it; `error` says why it failed, in the reader's language."""
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "state": job.state,
        "attempts": job.attempts,
        "position": job.position,
        "batch": str(job.batch) if job.batch else None,
        "progress": {"done": job.progress, "total": job.progress_total, "percent": job.percent},
        "error": {"code": job.error_code, "message": job.error_text} if job.error_code else None,
        "result": job.result,
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def jobs_by_state() -> list[tuple[str, str, int]]:
    """(kind, state, count) over all organisations, for the operator's metrics."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        return list(Job.objects.order_by().values_list("kind", "state").annotate(count=Count("pk")))
