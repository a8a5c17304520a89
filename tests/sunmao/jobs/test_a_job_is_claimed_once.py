"""A job has one worker at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sunmao.core.ids import new_id
from sunmao.jobs.lease import Lease, claim
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import run
from tests.fixtures import Cast, MakeJob, Standing
from tests.fixtures.jobs import change, done_by, let_lease_expire, reread


def _claim(job: Job) -> Lease | None:
    return claim(organisation_id=job.organisation_id, job_id=job.pk)


def test_the_second_to_claim_gets_nothing(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    first = _claim(job)
    assert first is not None
    assert first.fence == 1
    assert _claim(job) is None
    job = reread(job)
    assert (job.state, job.attempts, job.fence) == (JobState.RUNNING, 1, 1)


def test_of_eight_workers_at_once_one_gets_the_job(standing: Standing, make_job: MakeJob) -> None:
    job = make_job(standing.actor)

    def attempt(_worker: int) -> bool:
        try:
            return _claim(job) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        won = list(workers.map(attempt, range(8)))
    assert won.count(True) == 1
    assert (reread(job).attempts, reread(job).fence) == (1, 1)
    change(job, state=JobState.CANCELLED)


def test_a_message_that_comes_twice_finds_nothing_to_do(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    for _ in range(2):
        run(str(job.organisation_id), str(job.pk))
    assert done_by == [1]
    job = reread(job)
    assert (job.state, job.attempts, job.result) == (JobState.SUCCEEDED, 1, {"pages": 3})
    assert job.finished_at is not None
    assert job.lease_until is None


def test_a_message_about_a_job_that_does_not_exist_is_ignored(cast: Cast, make_job: MakeJob) -> None:
    run(str(cast.hemu.pk), str(new_id()))
    assert done_by == []


def test_a_message_with_the_wrong_organisation_finds_nothing(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    run(str(cast.qinghe.pk), str(job.pk))
    assert done_by == []
    assert reread(job).state == JobState.QUEUED


def test_an_expired_lease_is_handed_on_with_a_higher_fence(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    first = _claim(job)
    let_lease_expire(job)
    second = _claim(job)
    assert first is not None
    assert second is not None
    assert (first.fence, second.fence) == (1, 2)
    assert reread(job).attempts == 2


def test_a_job_without_attempts_left_is_not_claimed(cast: Cast, make_job: MakeJob) -> None:
    job = change(make_job(cast.lin.actor), attempts=3)
    assert _claim(job) is None
    assert reread(job).state == JobState.QUEUED


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_a_job_that_has_ended_is_not_claimed(cast: Cast, make_job: MakeJob, state: JobState) -> None:
    job = change(make_job(cast.lin.actor), state=state)
    assert _claim(job) is None
    assert (reread(job).state, reread(job).fence) == (state, 0)
