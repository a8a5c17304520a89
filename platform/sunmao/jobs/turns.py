"""Whose turn it is. A message says that a queue has work; which job is done is decided here, when a worker is
free.

Organisations take turns: the one with the fewest running jobs is next, of these the one that was served
longest ago, and of its jobs the one that waits longest. A thousand documents of one make another wait for one
job, not for a thousand, and no worker idles while anybody has work.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import connection
from django.db.models import Count

from sunmao.core import tenancy
from sunmao.jobs.lease import Lease, claim
from sunmao.jobs.models import Job, JobState

MAINTENANCE = "sweep"
# The recursive part walks from one organisation with work to the next: as many probes of the index as there
# are organisations, however many jobs each has.
_NEXT = """
    WITH RECURSIVE waiting AS (
        (SELECT organisation_id FROM jobs_job WHERE queue = %(queue)s AND state = 'queued'
         ORDER BY organisation_id LIMIT 1)
        UNION ALL
        SELECT (SELECT j.organisation_id FROM jobs_job j
                WHERE j.queue = %(queue)s AND j.state = 'queued' AND j.organisation_id > w.organisation_id
                ORDER BY j.organisation_id LIMIT 1)
        FROM waiting w WHERE w.organisation_id IS NOT NULL)
    SELECT w.organisation_id, first.id
    FROM waiting w
    CROSS JOIN LATERAL (
        SELECT id, queued_at FROM jobs_job
        WHERE queue = %(queue)s AND state = 'queued' AND organisation_id = w.organisation_id
            AND attempts < max_attempts
        ORDER BY queued_at, id LIMIT 1) first
    CROSS JOIN LATERAL (
        SELECT count(*) AS jobs FROM jobs_job
        WHERE queue = %(queue)s AND state = 'running' AND organisation_id = w.organisation_id) running
    LEFT JOIN LATERAL (
        SELECT started_at FROM jobs_job
        WHERE queue = %(queue)s AND organisation_id = w.organisation_id AND started_at IS NOT NULL
        ORDER BY started_at DESC LIMIT 1) served ON true
    ORDER BY running.jobs, served.started_at NULLS FIRST, first.queued_at, first.id
    LIMIT 1
"""


def claim_next(queue: str) -> Lease | None:
    """The right to work on the next job of a queue; None when nobody has any."""
    while (found := _next(queue)) is not None:
        organisation_id, job_id = found
        lease = claim(organisation_id=organisation_id, job_id=job_id)
        if lease is not None:
            return lease
        # Another worker was quicker; the row is no longer waiting, so this ends.
    return None


def _next(queue: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    with tenancy.presenting(tenancy.MAINTENANCE, MAINTENANCE), connection.cursor() as cursor:
        cursor.execute(_NEXT, {"queue": queue})
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def mark_positions(jobs: Iterable[Job]) -> None:
    """Tell each waiting job its place in the queue as `position`: 1 is next.

    Runs inside the tenancy scope of the jobs' organisation. Others count as far as they take turns with it,
    by their number alone.
    """
    waiting = [job for job in jobs if job.state == JobState.QUEUED]
    for queue in {job.queue for job in waiting}:
        here = [job for job in waiting if job.queue == queue]
        places, others = _own_places(queue, here), _others(queue, here[0].organisation_id)
        for job in here:
            if (place := places.get(job.pk)) is not None:
                job.position = place + sum(min(place, count) for count in others)


_PLACES = """
    SELECT id, place FROM (
        SELECT id, row_number() OVER (ORDER BY queued_at, id) AS place
        FROM jobs_job WHERE queue = %s AND state = 'queued' AND organisation_id = %s) own
    WHERE id = ANY(%s)
"""


def _own_places(queue: str, jobs: list[Job]) -> dict[uuid.UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [queue, jobs[0].organisation_id, [job.pk for job in jobs]])
        return dict(cursor.fetchall())


def _others(queue: str, organisation_id: uuid.UUID) -> list[int]:
    with tenancy.presenting(tenancy.MAINTENANCE, MAINTENANCE):
        waiting = Job.objects.filter(queue=queue, state=JobState.QUEUED).exclude(
            organisation_id=organisation_id
        )
        counted = waiting.order_by().values("organisation_id").annotate(jobs=Count("pk"))
        return [row["jobs"] for row in counted]
