"""Uploading, removing and publishing lock in one order, so that none can wait for the other for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from sunmao.core import tenancy
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import run
from sunmao.knowledge import services
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Standing
from tests.fixtures.files import RETURNS
from tests.fixtures.worker import wait_until


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])  # type: ignore[index]


def test_a_worker_that_waits_for_the_base_holds_no_lock_on_its_job(
    standing: Standing, broker: object
) -> None:
    base = services.create_base(actor=standing.actor, slug="service")
    received = services.receive(actor=standing.actor, base=base, name="a.md", chunks=[RETURNS.encode()])
    job = received.document.job
    assert job is not None

    def publish() -> None:
        try:
            run(str(job.organisation_id), str(job.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        with tenancy.scope(base.organisation_id):
            # What an upload of the next revision does first …
            KnowledgeBase.objects.select_for_update().get(pk=base.pk)
            publishing = worker.submit(publish)
            wait_until(_somebody_waits, seconds=10)
            # … and what it does next: the job of the revision before is locked without waiting.
            locked = Job.objects.select_for_update(nowait=True).get(pk=job.pk)
            assert locked.state == JobState.RUNNING
        publishing.result(timeout=10)
    with tenancy.scope(base.organisation_id):
        assert Job.objects.get(pk=job.pk).state == JobState.SUCCEEDED
