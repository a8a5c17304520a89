"""Removing takes effect at once, counts once and is told once."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from sunmao.jobs.models import JobState
from sunmao.knowledge import services
from sunmao.knowledge.models import Document, KnowledgeBase
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of
from tests.fixtures.files import RETURNS


def test_the_base_moves_on_by_one_version(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    services.delete_document(actor=cast.zhou.actor, document=document)
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(pk=document.base_id)
    assert (base.version, base.passage_count) == (2, 0)
    assert verbs_of(cast.hemu, subject=document.pk) == [
        "document.received",
        "document.published",
        "document.deleted",
    ]


def test_removing_it_again_changes_nothing(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    services.delete_document(actor=cast.zhou.actor, document=document)
    before = state_of(cast.hemu)
    services.delete_document(actor=cast.zhou.actor, document=document)
    assert state_of(cast.hemu) == before


def test_a_file_that_waits_is_not_read_any_more(cast: Cast, work_off: WorkOff) -> None:
    base = services.create_base(actor=cast.zhou.actor, slug="customer-service")
    received = services.receive(actor=cast.zhou.actor, base=base, name="a.md", chunks=[RETURNS.encode()])
    services.delete_document(actor=cast.zhou.actor, document=received.document)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        document = Document.objects.select_related("job").get(pk=received.document.pk)
        assert KnowledgeBase.objects.get(pk=base.pk).passage_count == 0
    assert document.job is not None
    assert document.job.state == JobState.CANCELLED
    assert "document.published" not in verbs_of(cast.hemu)


def test_the_name_is_free_again(cast: Cast, ingest: Ingest) -> None:
    first = ingest(cast.zhou.actor, "returns.md", RETURNS)
    services.delete_document(actor=cast.zhou.actor, document=first)
    second = ingest(cast.zhou.actor, "returns.md", RETURNS)
    assert second.pk != first.pk
    assert second.state == JobState.SUCCEEDED


@pytest.mark.parametrize("name", ["mei", "ann"])
def test_who_may_not_edit_knowledge_removes_nothing(cast: Cast, ingest: Ingest, name: str) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.delete_document(actor=getattr(cast, name).actor, document=document)
    assert state_of(cast.hemu) == before
