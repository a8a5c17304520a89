"""Without a broker a job waits in its row, and the caller is none the wiser."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.config.supervisor.redis import EmbeddedRedis
from sunmao.jobs.models import JobState
from sunmao.jobs.tasks import sweep
from tests.fixtures import Cast, MakeJob
from tests.fixtures.jobs import change, reread, resend_what_others_left


def test_the_caller_succeeds_and_the_row_waits(
    cast: Cast, make_job: MakeJob, no_broker: None, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    began = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        job = make_job(cast.lin.actor)
    assert time.monotonic() - began < 2
    assert (reread(job).state, reread(job).sent_at) == (JobState.QUEUED, None)


def test_it_is_sent_when_the_broker_is_back(
    cast: Cast,
    make_job: MakeJob,
    broker: EmbeddedRedis,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    resend_what_others_left()
    broker.stop()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            job = make_job(cast.lin.actor)
        change(job, created_at=timezone.now() - timedelta(minutes=1))
    finally:
        broker.start()
    assert sweep() == 1
    assert reread(job).sent_at is not None
