"""A thousand documents of one organisation make another wait for one job, not for a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.jobs import services, turns
from sunmao.jobs.lease import Lease, Unfinished, claim
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.registry import JobKind
from sunmao.jobs.tasks import run_next, work
from tests.fixtures import Cast, MakeJob
from tests.fixtures.jobs import change, done_by, reread


@pytest.fixture(autouse=True)
def _nobody_else_waits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other tests leave committed jobs behind; here only the cast's count."""
    mine = (cast.hemu.pk, cast.qinghe.pk)
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        others = list(Job.objects.filter(state=JobState.QUEUED).exclude(organisation_id__in=mine))
    for job in others:
        change(job, state=JobState.CANCELLED)
    return


def _served(count: int) -> list[Actor | Any]:
    """Who is served by a worker that takes one job after the other."""
    found = []
    for _ in range(count):
        lease = turns.claim_next("cpu")
        assert lease is not None
        found.append(lease.organisation_id)
        work(lease)
    return found


def test_a_newcomer_is_next_however_much_waits_before(cast: Cast, make_job: MakeJob) -> None:
    for _ in range(20):
        make_job(cast.lin.actor)
    hemu, qinghe = cast.hemu.pk, cast.qinghe.pk
    assert _served(2) == [hemu, hemu]
    for _ in range(3):
        make_job(cast.omar.actor)
    assert _served(7) == [qinghe, hemu, qinghe, hemu, qinghe, hemu, hemu]


def test_whoever_has_fewer_running_is_next(cast: Cast, make_job: MakeJob) -> None:
    for _ in range(3):
        make_job(cast.lin.actor)
        make_job(cast.omar.actor)
    first, second, third = (turns.claim_next("cpu") for _ in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.organisation_id != second.organisation_id
    work(first)
    fourth = turns.claim_next("cpu")
    assert fourth is not None
    assert {third.organisation_id, fourth.organisation_id} == {cast.hemu.pk, cast.qinghe.pk}


def test_within_an_organisation_the_first_comes_first(cast: Cast, make_job: MakeJob) -> None:
    jobs = [make_job(cast.lin.actor) for _ in range(3)]
    change(jobs[2], queued_at=timezone.now() - timedelta(hours=1))
    found = [lease.job_id for _ in range(3) if (lease := turns.claim_next("cpu"))]
    assert found == [jobs[2].pk, jobs[0].pk, jobs[1].pk]


def test_other_queues_are_not_looked_at(cast: Cast, make_job: MakeJob) -> None:
    change(make_job(cast.lin.actor), queue="gpu")
    assert turns.claim_next("cpu") is None


def test_any_message_serves_whoever_is_next(cast: Cast, make_job: MakeJob) -> None:
    """The message names a job of Hemu; the clinic has not been served yet."""
    first, second = make_job(cast.lin.actor), make_job(cast.lin.actor)
    run_next(str(cast.hemu.pk), str(first.pk))
    clinic = make_job(cast.omar.actor)
    run_next(str(cast.hemu.pk), str(second.pk))
    assert [reread(job).state for job in (first, second, clinic)] == ["succeeded", "queued", "succeeded"]
    run_next(str(cast.qinghe.pk), str(clinic.pk))
    assert reread(second).state == JobState.SUCCEEDED


def test_a_message_too_many_finds_nothing(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    for _ in range(3):
        run_next(str(cast.hemu.pk), str(job.pk))
    assert done_by == [1]


def test_a_message_about_no_job_does_nothing(cast: Cast, make_job: MakeJob) -> None:
    job = make_job(cast.lin.actor)
    run_next(str(cast.qinghe.pk), str(job.pk))
    assert reread(job).state == JobState.QUEUED


def _positions(actor: Actor, jobs: list[Job]) -> list[int | None]:
    fresh = [reread(job) for job in jobs]
    with tenancy.scope(actor.organisation_id):
        turns.mark_positions(fresh)
    return [job.position for job in fresh]


def test_everybody_is_told_their_place(cast: Cast, make_job: MakeJob) -> None:
    hers = [make_job(cast.lin.actor) for _ in range(4)]
    his = [make_job(cast.omar.actor) for _ in range(2)]
    assert _positions(cast.lin.actor, hers) == [2, 4, 5, 6]
    assert _positions(cast.omar.actor, his) == [2, 4]
    claim(organisation_id=hers[0].organisation_id, job_id=hers[0].pk)
    assert _positions(cast.lin.actor, hers) == [None, 2, 4, 5]


def test_a_long_job_gives_its_turn_to_others(
    cast: Cast, make_job: MakeJob, broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    long = change(make_job(cast.lin.actor), queued_at=now - timedelta(hours=2))
    waiting = change(make_job(cast.lin.actor), queued_at=now - timedelta(hours=1))

    def half(lease: Lease) -> dict[str, Any]:
        raise Unfinished({"from": 7})

    monkeypatch.setattr(JobKind, "load", lambda _: half)
    lease = turns.claim_next("cpu")
    assert lease is not None
    work(lease)
    job = reread(long)
    assert (job.state, job.attempts, job.payload) == (JobState.QUEUED, 0, {"from": 7})
    assert job.sent_at is not None
    after = [one.job_id for _ in range(2) if (one := turns.claim_next("cpu"))]
    assert after == [waiting.pk, long.pk]


def test_a_job_that_was_cancelled_meanwhile_is_not_put_back(
    cast: Cast, make_job: MakeJob, broker: object
) -> None:
    job = make_job(cast.lin.actor)
    lease = claim(organisation_id=job.organisation_id, job_id=job.pk)
    assert lease is not None
    services.cancel(actor=cast.lin.actor, job=job)
    services.put_back(lease=lease, payload={"from": 7})
    assert (reread(job).state, reread(job).payload) == (JobState.CANCELLED, {})
