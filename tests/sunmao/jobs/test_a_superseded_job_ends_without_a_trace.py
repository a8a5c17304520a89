"""When the subject of a job has moved on, the job ends; that is nobody's decision and no audit entry."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.jobs import services
from sunmao.jobs.lease import LostLease, claim
from sunmao.jobs.models import JobState
from tests.fixtures import Cast, MakeJob, verbs_of
from tests.fixtures.jobs import change, reread


def test_a_running_worker_cannot_commit(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    lease = claim(organisation_id=job.organisation_id, job_id=job.pk)
    assert lease is not None
    with tenancy.scope(cast.hemu.pk):
        services.supersede(job=job)
    with pytest.raises(LostLease):
        lease.progress(1, 1)
    assert (reread(job).state, reread(job).fence, reread(job).error_code) == (JobState.CANCELLED, 2, "")
    assert verbs_of(cast.hemu, subject=job.pk) == []


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED])
def test_a_job_that_has_ended_keeps_its_end(cast: Cast, make_job: MakeJob, state: JobState) -> None:
    job = change(make_job(cast.lin.actor), state=state)
    with tenancy.scope(cast.hemu.pk):
        services.supersede(job=job)
    assert (reread(job).state, reread(job).fence) == (state, 0)
