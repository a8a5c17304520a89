"""The broker carries hints. What it loses, the sweeper sends again; what is fresh, it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sunmao.core import streams
from sunmao.core.actor import Actor
from sunmao.jobs.lease import claim
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import sweep
from tests.fixtures import Cast, MakeJob
from tests.fixtures.jobs import change, let_lease_expire, reread, resend_what_others_left

Capture = Callable[..., Any]
LONG_AGO = timezone.now() - timedelta(minutes=10)


def _messages(queue: str = "cpu") -> list[list[str]]:
    """The arguments of the messages that wait in a queue."""
    raw: Any = streams.client().lrange(queue, 0, -1)
    headers = [json.loads(message)["headers"] for message in raw]
    return [
        json.loads(header["argsrepr"].replace("(", "[").replace(")", "]").replace("'", '"'))
        for header in headers
    ]


@pytest.fixture
def sent(
    cast: Cast, make_job: MakeJob, broker: object, django_capture_on_commit_callbacks: Capture
) -> Callable[[Actor], Job]:
    resend_what_others_left()

    def make(actor: Actor) -> Job:
        with django_capture_on_commit_callbacks(execute=True):
            job = make_job(actor)
        return reread(job)

    return make


def test_a_new_job_is_sent_to_its_queue_after_the_commit(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    job = sent(cast.lin.actor)
    assert _messages() == [[str(cast.hemu.pk), str(job.pk), "cpu"]]
    assert job.sent_at is not None


def test_nothing_is_sent_before_the_commit(cast: Cast, make_job: MakeJob, broker: object) -> None:
    job = make_job(cast.lin.actor)
    assert _messages() == []
    assert job.sent_at is None


def test_a_message_that_the_broker_lost_is_sent_again(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    job = change(sent(cast.lin.actor), created_at=LONG_AGO, sent_at=LONG_AGO)
    streams.client().flushall()
    assert sweep() == 1
    assert _messages() == [[str(cast.hemu.pk), str(job.pk), "cpu"]]
    assert sweep() == 0


def test_a_fresh_message_is_left_alone(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    job = sent(cast.lin.actor)
    streams.client().flushall()
    assert sweep() == 0
    assert _messages() == []
    assert reread(job).sent_at == job.sent_at


def test_a_message_that_was_sent_again_lately_is_left_alone(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    change(sent(cast.lin.actor), created_at=LONG_AGO)
    assert sweep() == 0


def test_a_job_whose_worker_stopped_is_handed_on(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    job = sent(cast.lin.actor)
    claim(organisation_id=job.organisation_id, job_id=job.pk)
    let_lease_expire(job)
    streams.client().flushall()
    assert sweep() == 1
    assert _messages() == [[str(cast.hemu.pk), str(job.pk), "cpu"]]
    assert (reread(job).state, reread(job).fence, reread(job).attempts) == (JobState.QUEUED, 2, 1)


def test_a_worker_that_still_renews_keeps_its_job(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    job = sent(cast.lin.actor)
    claim(organisation_id=job.organisation_id, job_id=job.pk)
    assert sweep() == 0
    assert (reread(job).state, reread(job).fence) == (JobState.RUNNING, 1)


def test_jobs_of_every_organisation_are_looked_after(cast: Cast, sent: Callable[[Actor], Job]) -> None:
    jobs = [
        change(sent(actor), created_at=LONG_AGO, sent_at=LONG_AGO)
        for actor in (cast.lin.actor, cast.omar.actor)
    ]
    streams.client().flushall()
    assert sweep() == 2
    assert sorted(_messages()) == sorted([str(job.organisation_id), str(job.pk), "cpu"] for job in jobs)


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_a_job_that_has_ended_is_not_sent(cast: Cast, sent: Callable[[Actor], Job], state: JobState) -> None:
    change(sent(cast.lin.actor), created_at=LONG_AGO, sent_at=LONG_AGO, state=state)
    assert sweep() == 0
