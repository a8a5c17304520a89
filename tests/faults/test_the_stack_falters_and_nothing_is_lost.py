"""The database restarts, the broker forgets, messages come twice, the disk is full.

Each time the documents that were accepted become ready exactly once, and what was not accepted left nothing.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from apps.config.celery import app as celery
from apps.config.supervisor import paths
from apps.config.supervisor.postgres import EmbeddedPostgres
from sunmao.core import files, streams, tenancy
from sunmao.core.errors import StorageFull
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import sweep
from sunmao.knowledge import services
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from tests.fixtures import Standing, files_of, verbs_of
from tests.fixtures.files import RETURNS
from tests.fixtures.worker import bulk_worker, wait_until

pytestmark = pytest.mark.stack
DOCUMENTS = 6


def _receive(standing: Standing, count: int = DOCUMENTS) -> KnowledgeBase:
    base = services.create_base(actor=standing.actor, slug="service")
    for number in range(count):
        text = f"{RETURNS}\nThis is copy {number}.\n"
        services.receive(actor=standing.actor, base=base, name=f"{number}.md", chunks=[text.encode()])
    return base


def _ended(standing: Standing) -> bool:
    sweep()
    with tenancy.scope(standing.organisation.pk):
        return not Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists()


def _are_ready_exactly_once(standing: Standing, count: int = DOCUMENTS) -> None:
    with tenancy.scope(standing.organisation.pk):
        states = list(Job.objects.values_list("state", flat=True))
        base = KnowledgeBase.objects.get()
        passages = Passage.objects.filter(died=None).count()
        assert Document.objects.filter(current=None).count() == 0
    assert states == [JobState.SUCCEEDED] * count
    assert (base.version, passages) == (count, base.passage_count)
    assert verbs_of(standing.organisation).count("document.published") == count


def test_a_broker_that_forgets_everything_delays_nothing_but_the_start(
    standing: Standing, broker: object, tmp_path: Path
) -> None:
    _receive(standing)
    with tenancy.scope(standing.organisation.pk):
        long_ago = timezone.now() - timedelta(minutes=5)
        Job.objects.update(created_at=long_ago, sent_at=long_ago)
    streams.client().flushall()
    with bulk_worker(tmp_path / "worker.log", {}):
        wait_until(lambda: _ended(standing), seconds=60)
    _are_ready_exactly_once(standing)


@pytest.mark.slow
def test_messages_that_come_three_times_are_worked_on_once(
    standing: Standing, broker: object, tmp_path: Path
) -> None:
    _receive(standing)
    with tenancy.scope(standing.organisation.pk):
        jobs = list(Job.objects.all())
    for job in jobs * 2:
        celery.send_task("jobs.run", args=(str(job.organisation_id), str(job.pk)), queue=job.queue)
    with bulk_worker(tmp_path / "worker.log", {}):
        wait_until(lambda: _ended(standing) and not streams.client().llen("cpu"), seconds=60)
    _are_ready_exactly_once(standing)


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """The run's own server; whatever the test does, it answers again afterwards."""
    adopted = EmbeddedPostgres(paths.postgres_data_dir(), paths.postgres_socket_dir(), durable=False)
    yield adopted
    connections.close_all()
    adopted.start()


@pytest.mark.slow
def test_a_database_that_restarts_in_the_middle_of_the_work_loses_none(
    standing: Standing, broker: object, tmp_path: Path, server: EmbeddedPostgres
) -> None:
    _receive(standing, 2)
    plan = tmp_path / "plan"
    plan.mkdir()
    hold = plan / "hold.before_publish"
    hold.touch()
    with bulk_worker(tmp_path / "worker.log", {"SUNMAO_FAULT_PLAN": str(plan)}):
        wait_until(lambda: _running(standing), seconds=30)
        time.sleep(0.5)
        connections.close_all()
        server.stop(even_if_adopted=True)
        time.sleep(1)
        hold.unlink()
        time.sleep(0.5)
        server.start()
        wait_until(lambda: _ended(standing), seconds=60)
    _are_ready_exactly_once(standing, 2)


def _running(standing: Standing) -> bool:
    with tenancy.scope(standing.organisation.pk):
        return Job.objects.filter(state=JobState.RUNNING).exists()


def test_a_full_disk_is_said_and_leaves_neither_row_nor_file(
    standing: Standing, broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = _receive(standing, 1)
    kept = files_of(standing.organisation)
    write = os.write

    def full(descriptor: int, data: Any) -> int:
        if len(data) > 8:
            write(descriptor, bytes(data[:8]))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "write", full)
    with pytest.raises(StorageFull) as refused:
        services.receive(actor=standing.actor, base=base, name="late.md", chunks=[b"# Late\n" * 100])
    monkeypatch.undo()
    assert (refused.value.code, refused.value.status) == ("storage_full", 507)
    with tenancy.scope(standing.organisation.pk):
        assert list(Document.objects.values_list("name", flat=True)) == ["0.md"]
    assert files_of(standing.organisation) == kept
    again = services.receive(actor=standing.actor, base=base, name="late.md", chunks=[b"# Late\n" * 100])
    assert again.outcome == "new"
