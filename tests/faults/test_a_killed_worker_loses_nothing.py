"""A worker that is killed while it reads a file: the document ends ready, exactly once.

PostgreSQL, Redis and the bulk worker are real; the worker kills itself at a named point of its work.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.jobs.models import Job, JobState
from sunmao.jobs.tasks import sweep
from sunmao.knowledge import services
from sunmao.knowledge.faults import BETWEEN_MEMBERS
from sunmao.knowledge.members import AT_ONCE
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from tests.fixtures import Standing, verbs_of
from tests.fixtures.files import RETURNS
from tests.fixtures.worker import bulk_worker, end, wait_until
from tests.sunmao.knowledge.text.files import zipped

pytestmark = pytest.mark.stack
POINTS = ["before_read", "after_split", "before_publish", "inside_publish"]


def _plan(folder: Path, point: str) -> tuple[dict[str, str], Path]:
    """The environment of a worker that kills itself once at a point, and the file that says it has."""
    folder.mkdir()
    (folder / point).touch()
    return {"SUNMAO_FAULT_PLAN": str(folder)}, folder / f"taken.{point}"


def _receive(standing: Standing) -> Document:
    base = services.create_base(actor=standing.actor, slug="service")
    return services.receive(
        actor=standing.actor, base=base, name="returns.md", chunks=[RETURNS.encode()]
    ).document


def _job(document: Document) -> Job:
    with tenancy.scope(document.organisation_id):
        return Job.objects.get(pk=document.job_id)


def _swept_to_the_end(document: Document) -> bool:
    """The sweeper runs beside the interactive worker; here the test runs it."""
    sweep()
    return _job(document).has_ended


def _vectors(document: Document) -> list[tuple[Any, ...]]:
    with tenancy.scope(document.organisation_id), connection.cursor() as cursor:
        cursor.execute("SELECT passage_id, lexical::text FROM knowledge_passage_vector WHERE died IS NULL")
        return cursor.fetchall()


def _terms(document: Document) -> Counter[int]:
    with tenancy.scope(document.organisation_id), connection.cursor() as cursor:
        cursor.execute("SELECT dimension, passages FROM knowledge_term")
        return Counter(dict(cursor.fetchall()))


def _is_ready_exactly_once(standing: Standing, document: Document) -> None:
    job = _job(document)
    assert (job.state, job.result) == (
        JobState.SUCCEEDED,
        {"passages": 2, "units": {"section": 2}, "version": 1, "quarantined": 0},
    )
    with tenancy.scope(document.organisation_id):
        kept = Document.objects.select_related("current", "base").get(pk=document.pk)
        assert kept.current is not None
        assert (kept.current.number, kept.current.published_in) == (1, 1)
        assert (kept.base.version, kept.base.passage_count) == (1, 2)
        passages = set(Passage.objects.values_list("pk", flat=True))
    vectors = _vectors(document)
    assert {row[0] for row in vectors} == passages
    assert len(vectors) == len(passages) == 2
    entries = [entry for _, text in vectors for entry in text.partition("/")[0].strip("{}").split(",")]
    assert _terms(document) == Counter(int(entry.partition(":")[0]) for entry in entries)
    assert verbs_of(standing.organisation) == [
        "organisation.created",
        "base.created",
        "document.received",
        "document.published",
    ]


@pytest.mark.parametrize("point", POINTS)
def test_the_document_ends_ready_exactly_once(
    standing: Standing, broker: object, tmp_path: Path, point: str
) -> None:
    faults, once = _plan(tmp_path / "plan", point)
    with bulk_worker(tmp_path / "worker.log", faults):
        document = _receive(standing)
        wait_until(lambda: _swept_to_the_end(document), seconds=40)
    assert once.exists()
    assert _job(document).attempts == 2
    _is_ready_exactly_once(standing, document)


def test_a_worker_that_is_gone_altogether_is_replaced_by_the_next(
    standing: Standing, broker: object, tmp_path: Path
) -> None:
    faults, once = _plan(tmp_path / "plan", "before_publish")
    with bulk_worker(tmp_path / "first.log", faults) as first:
        document = _receive(standing)
        wait_until(once.exists, seconds=20)
        end(first)
    assert _job(document).state == JobState.RUNNING
    with tenancy.scope(document.organisation_id):
        assert KnowledgeBase.objects.get().version == 0
        assert Passage.objects.count() == 0
    with bulk_worker(tmp_path / "second.log", {}):
        wait_until(lambda: _swept_to_the_end(document), seconds=40)
    _is_ready_exactly_once(standing, document)


def test_between_members_of_an_archive_every_member_is_ready_once(
    standing: Standing, broker: object, tmp_path: Path
) -> None:
    """More members than are written at once: some are documents already when the worker dies."""
    faults, once = _plan(tmp_path / "plan", BETWEEN_MEMBERS)
    names = [f"note-{number:02}.md" for number in range(AT_ONCE + 5)]
    data = zipped({name: f"# Note\n\nThis is {name}.".encode() for name in names})
    with bulk_worker(tmp_path / "worker.log", faults):
        base = services.create_base(actor=standing.actor, slug="service")
        archive = services.receive(actor=standing.actor, base=base, name="notes.zip", chunks=[data]).document
        wait_until(lambda: _swept_to_the_end(archive), seconds=60)
        wait_until(lambda: _all_ended(archive), seconds=60)
    assert once.exists()
    assert (_job(archive).state, _job(archive).attempts) == (JobState.SUCCEEDED, 2)
    with tenancy.scope(archive.organisation_id):
        members = Document.objects.filter(member_of=archive, deleted_at=None).select_related("job")
        assert sorted((one.name, one.state) for one in members) == [
            (f"notes.zip/{name}", "succeeded") for name in names
        ]
        assert [one.revisions.count() for one in members] == [1] * len(names)
        texts = Passage.objects.filter(died=None).values_list("text", flat=True)
        assert sorted(texts) == [f"This is {name}." for name in names]


def _all_ended(archive: Document) -> bool:
    sweep()
    with tenancy.scope(archive.organisation_id):
        members = Document.objects.filter(member_of=archive).select_related("job")
        return all(one.job is not None and one.job.has_ended for one in members)
