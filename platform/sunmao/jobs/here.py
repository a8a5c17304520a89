"""`--here`: a job in the process of the command that asked for it."""

from __future__ import annotations

import time

from sunmao.core import tenancy
from sunmao.core.command import StackCommand
from sunmao.jobs.lease import claim
from sunmao.jobs.models import ENDED, Job, JobState
from sunmao.jobs.tasks import work


def run_here(command: StackCommand, job: Job) -> None:
    """Do it now, whoever's turn it is; where a worker was faster, wait for it, so that the next command finds
    it done. One that does not end well lets the command end with 1, after it has told what came of it."""
    while (state := _state(job)) not in ENDED:
        lease = claim(organisation_id=job.organisation_id, job_id=job.pk)
        if lease is None:
            time.sleep(0.2)
        else:
            work(lease)
    command.failed = state != JobState.SUCCEEDED


def _state(job: Job) -> str:
    with tenancy.scope(job.organisation_id):
        return Job.objects.values_list("state", flat=True).get(pk=job.pk)


__all__ = ["run_here"]
