"""The two messages of the job table: run one, and look for lost ones."""

from __future__ import annotations

import uuid

import structlog
from celery import shared_task

from sunmao.core.errors import SunmaoError
from sunmao.jobs import services, tidying
from sunmao.jobs.lease import Lease, LostLease, claim, kept_alive
from sunmao.jobs.registry import kinds

log = structlog.get_logger(__name__)


@shared_task(name="jobs.run")
def run(organisation_id: str, job_id: str) -> None:
    """Idempotent: a message that comes twice finds nothing left to claim."""
    lease = claim(organisation_id=uuid.UUID(organisation_id), job_id=uuid.UUID(job_id))
    if lease is not None:
        work(lease)


def work(lease: Lease) -> None:
    try:
        with kept_alive(lease):
            kinds()[lease.kind].load()(lease)
    except LostLease:
        log.info("job_lease_lost", job=str(lease.job_id))
    except SunmaoError as error:
        services.fail(lease=lease, error=error)
    except Exception:  # noqa: BLE001  whatever a parser raises must end in a row that says so
        log.exception("job_failed", job=str(lease.job_id), kind=lease.kind)
        services.give_back(lease=lease)


@shared_task(name="jobs.sweep")
def sweep() -> int:
    return services.sweep()


@shared_task(name="jobs.tidy_files")
def tidy_files() -> int:
    return tidying.tidy_files()
