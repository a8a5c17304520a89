"""Ingestion calls the sandbox: a hostile file ends in a row that says so, and the next one is ready."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import services
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.sandbox import client
from tests.fixtures import Cast, Ingest, WorkOff
from tests.sunmao.knowledge.sandbox.hostile import LAUGHS, MIB, packed_zeros, word, word_with
from tests.sunmao.knowledge.text import files


@pytest.mark.parametrize(
    ("case", "name", "data", "code"),
    [
        ("an XML bomb", "a.docx", word_with(LAUGHS, "&k;"), "unsafe_file"),
        ("a zip bomb", "a.zip", packed_zeros(20 * MIB), "file_too_large_inside"),
        ("a locked PDF", "a.pdf", files.pdf("abc", encrypted=True), "encrypted_file"),
    ],
)
def test_a_hostile_file_fails_at_once_and_the_next_one_is_ready(
    cast: Cast, ingest: Ingest, case: str, name: str, data: bytes, code: str
) -> None:
    failed = ingest(cast.zhou.actor, name, data)
    assert failed.job is not None
    assert (failed.state, failed.job.error_code, failed.job.attempts) == (JobState.FAILED, code, 1), case
    with tenancy.scope(cast.hemu.pk):
        assert Passage.objects.count() == 0
    assert ingest(cast.zhou.actor, "next.docx", word("下一份。")).state == JobState.SUCCEEDED


def test_a_job_that_is_cancelled_while_its_file_is_read_stops_reading(
    cast: Cast, ingest: Ingest, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(cast.zhou.actor, "warm.docx", word())
    reader = client.current()
    monkeypatch.setattr(client, "_TICK", 0.001)
    really_renew = Lease.renew

    def cancelled_meanwhile(lease: Lease) -> bool:
        with tenancy.scope(lease.organisation_id):
            jobs.cancel(actor=cast.zhou.actor, job=Job.objects.get(pk=lease.job_id))
        return really_renew(lease)

    monkeypatch.setattr(Lease, "renew", cancelled_meanwhile)
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(slug="customer-service")
        before = (base.version, Passage.objects.count())
    sent = services.receive(actor=cast.zhou.actor, base=base, name="b.docx", chunks=[word("正文。" * 9000)])
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        document = Document.objects.select_related("job").get(pk=sent.document.pk)
        assert document.state == JobState.CANCELLED
        assert (base.version, Passage.objects.count()) == before
    assert not reader.is_alive
