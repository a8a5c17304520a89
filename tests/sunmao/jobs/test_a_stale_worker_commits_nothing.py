"""Whoever lost the lease finds out before it can commit."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import UnreadableFile
from sunmao.jobs import services
from sunmao.jobs.lease import Lease, LostLease, claim
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import work
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, MakeJob, state_of
from tests.fixtures.jobs import done_by, let_lease_expire, reread


@pytest.fixture
def job(cast: Cast, make_job: MakeJob) -> Job:
    return make_job(cast.lin.actor)


@pytest.fixture
def stale(job: Job) -> Lease:
    """The lease of a worker that was too slow: another one has the job by now."""
    first = claim(organisation_id=job.organisation_id, job_id=job.pk)
    let_lease_expire(job)
    assert claim(organisation_id=job.organisation_id, job_id=job.pk) is not None
    assert first is not None
    return first


def test_what_it_wrote_is_rolled_back(cast: Cast, stale: Lease) -> None:
    before = state_of(cast.hemu)

    def write_too_late() -> None:
        with tenancy.scope(stale.organisation_id):
            KnowledgeBase.objects.create(slug="written-too-late", name="Too late")
            stale.succeed({"pages": 1})

    with pytest.raises(LostLease):
        write_too_late()
    assert state_of(cast.hemu) == before


def test_its_report_of_progress_is_refused(job: Job, stale: Lease) -> None:
    with pytest.raises(LostLease):
        stale.progress(5, 10)
    assert (reread(job).progress, reread(job).progress_total) == (0, 0)


def test_it_cannot_renew_its_lease(job: Job, stale: Lease) -> None:
    until = reread(job).lease_until
    assert stale.renew() is False
    assert reread(job).lease_until == until


def test_its_failure_does_not_fail_the_job(job: Job, stale: Lease) -> None:
    assert services.fail(lease=stale, error=UnreadableFile()) is False
    assert (reread(job).state, reread(job).error_code) == (JobState.RUNNING, "")


def test_its_accident_does_not_give_the_job_back(job: Job, stale: Lease) -> None:
    assert services.give_back(lease=stale) is False
    assert reread(job).state == JobState.RUNNING


def test_its_end_is_quiet_and_leaves_the_job_to_its_successor(job: Job, stale: Lease) -> None:
    work(stale)
    assert done_by == [1]
    assert (reread(job).state, reread(job).fence, reread(job).result) == (JobState.RUNNING, 2, {})
