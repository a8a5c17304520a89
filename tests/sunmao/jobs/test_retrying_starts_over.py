"""A failed or cancelled job can be tried again from the beginning."""

from __future__ import annotations

import pytest

from sunmao.core.errors import Conflict, Forbidden
from sunmao.jobs import services
from sunmao.jobs.models import JobState
from sunmao.jobs.tasks import run
from tests.fixtures import Cast, MakeJob, state_of, verbs_of
from tests.fixtures.jobs import change, done_by, reread


def test_the_reason_goes_and_all_attempts_come_back(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor, "refuse")
    run(str(job.organisation_id), str(job.pk))
    assert reread(job).error_code == "binary_file"
    again = services.retry(actor=cast.zhou.actor, job=job)
    assert (again.state, again.attempts, again.error_code, again.error_texts, again.progress) == (
        JobState.QUEUED,
        0,
        "",
        {},
        0,
    )
    assert (again.fence, again.finished_at, again.sent_at) == (2, None, None)
    assert verbs_of(cast.hemu, subject=job.pk) == ["job.retried"]
    run(str(job.organisation_id), str(job.pk))
    assert done_by == [1, 3]


def test_a_cancelled_job_can_be_tried_again(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    services.cancel(actor=cast.lin.actor, job=job)
    services.retry(actor=cast.lin.actor, job=job)
    run(str(job.organisation_id), str(job.pk))
    assert reread(job).state == JobState.SUCCEEDED
    assert verbs_of(cast.hemu, subject=job.pk) == ["job.cancelled", "job.retried"]


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED])
def test_only_a_failed_or_cancelled_job_can(cast: Cast, make_job: MakeJob, state: JobState) -> None:
    job = change(make_job(cast.lin.actor), state=state)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as caught:
        services.retry(actor=cast.lin.actor, job=job)
    assert caught.value.code == "job_not_failed"
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("name", ["mei", "ann"])
def test_who_may_not_edit_knowledge_may_not_retry(cast: Cast, make_job: MakeJob, name: str) -> None:
    job = change(make_job(cast.lin.actor), state=JobState.FAILED)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.retry(actor=getattr(cast, name).actor, job=job)
    assert state_of(cast.hemu) == before
