"""The messages of the job table: a queue has work, and look for lost ones."""

from __future__ import annotations

import uuid

import structlog
from celery import shared_task
from django.db import connection

from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.jobs import services, tidying
from sunmao.jobs.lease import Lease, LostLease, Unfinished, claim, kept_alive
from sunmao.jobs.models import Job
from sunmao.jobs.registry import kinds
from sunmao.jobs.turns import claim_next

log = structlog.get_logger(__name__)


@shared_task(name="jobs.run")
def run_next(organisation_id: str, job_id: str, queue: str = "") -> None:
    """A message says that a queue has work; whose turn it is decides what is done.

    There are at least as many messages as waiting jobs, so that each is done; one too many finds nothing.
    A message of before does not name its queue.
    """
    queue = queue or _queue_of(organisation_id, job_id)
    lease = claim_next(queue) if queue else None
    if lease is not None:
        work(lease)


def _queue_of(organisation_id: str, job_id: str) -> str:
    with tenancy.scope(uuid.UUID(organisation_id)):
        return Job.objects.filter(pk=job_id).values_list("queue", flat=True).first() or ""


def run(organisation_id: str, job_id: str) -> None:
    """Do this very job now, in this process, whoever's turn it is."""
    lease = claim(organisation_id=uuid.UUID(organisation_id), job_id=uuid.UUID(job_id))
    if lease is not None:
        work(lease)


def work(lease: Lease) -> None:
    try:
        with kept_alive(lease):
            kinds()[lease.kind].load()(lease)
    except LostLease:
        log.info("job_lease_lost", job=str(lease.job_id))
    except Unfinished as rest:
        services.put_back(lease=lease, payload=rest.payload)
    except SunmaoError as error:
        services.fail(lease=lease, error=error)
    except Exception:  # noqa: BLE001  whatever a parser raises must end in a row that says so
        log.exception("job_failed", job=str(lease.job_id), kind=lease.kind)
        if not connection.in_atomic_block:
            # The database may have restarted under the handler; the row needs a connection that works.
            connection.close_if_unusable_or_obsolete()
        services.give_back(lease=lease)


@shared_task(name="jobs.sweep")
def sweep() -> int:
    return services.sweep()


@shared_task(name="jobs.tidy_files")
def tidy_files() -> int:
    return tidying.tidy_files()
