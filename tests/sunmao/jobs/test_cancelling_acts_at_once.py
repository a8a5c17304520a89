"""Cancelling takes effect in the row, whatever a worker is doing."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden
from sunmao.jobs import services
from sunmao.jobs.lease import Lease, LostLease, claim
from sunmao.jobs.models import JobState
from sunmao.jobs.tasks import run
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, MakeJob, state_of, verbs_of
from tests.fixtures.jobs import change, done_by, reread


def test_a_waiting_job_is_never_begun(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    cancelled = services.cancel(actor=cast.zhou.actor, job=job)
    assert cancelled.state == JobState.CANCELLED
    assert cancelled.finished_at is not None
    run(str(job.organisation_id), str(job.pk))
    assert done_by == []
    assert verbs_of(cast.hemu, subject=job.pk) == ["job.cancelled"]


def test_a_running_worker_commits_nothing(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    lease = claim(organisation_id=job.organisation_id, job_id=job.pk)
    assert lease is not None
    services.cancel(actor=cast.lin.actor, job=job)
    after_cancel = state_of(cast.hemu)
    with pytest.raises(LostLease):
        lease.progress(1, 2)

    def write_too_late(lease: Lease) -> None:
        with tenancy.scope(lease.organisation_id):
            KnowledgeBase.objects.create(slug="too-late", name="Too late")
            lease.succeed({})

    with pytest.raises(LostLease):
        write_too_late(lease)
    assert state_of(cast.hemu) == after_cancel
    assert (reread(job).state, reread(job).fence, reread(job).lease_until) == (JobState.CANCELLED, 2, None)


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(cast: Cast, make_job: MakeJob, state: JobState) -> None:
    job = change(make_job(cast.lin.actor), state=state)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as caught:
        services.cancel(actor=cast.lin.actor, job=job)
    assert caught.value.code == "job_ended"
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize("name", ["mei", "ann"])
def test_who_may_not_edit_knowledge_may_not_cancel(cast: Cast, make_job: MakeJob, name: str) -> None:
    job = make_job(cast.lin.actor)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.cancel(actor=getattr(cast, name).actor, job=job)
    assert state_of(cast.hemu) == before


def test_a_job_of_another_organisation_stays_as_it_is(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    before = state_of(cast.hemu)
    with pytest.raises(Conflict):
        services.cancel(actor=cast.omar.actor, job=job)
    assert state_of(cast.hemu) == before
    assert "job.cancelled" not in verbs_of(cast.qinghe)
