"""From a received file to a document that answers questions."""

from __future__ import annotations

from sunmao.core import tenancy
from sunmao.jobs.models import JobState
from sunmao.knowledge import services
from sunmao.knowledge.models import Document, KnowledgeBase, Passage, Revision
from tests.fixtures import Cast, Ingest, WorkOff, files_of, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER


def _base(cast: Cast) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug="customer-service")


def _new_verbs(cast: Cast, before: int) -> list[str]:
    return verbs_of(cast.hemu)[before:]


def test_a_new_file_is_ready_after_one_job(cast: Cast, ingest: Ingest) -> None:
    entries = len(verbs_of(cast.hemu))
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    assert document.state == JobState.SUCCEEDED
    assert document.title == "Returns"
    assert document.current is not None
    assert (document.current.number, document.current.published_in, document.current.encoding) == (
        1,
        1,
        "utf-8",
    )
    assert document.job is not None
    assert document.job.result == {"passages": 2, "units": {"section": 2}, "version": 1, "quarantined": 0}
    assert (_base(cast).version, _base(cast).passage_count) == (1, 2)
    assert _new_verbs(cast, entries) == ["document.received", "document.published"]


def test_its_passages_are_spans_of_its_text(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.hemu.pk):
        passages = list(Passage.objects.filter(document=document).select_related("revision"))
    assert [(p.ordinal, p.label, p.born, p.died) for p in passages] == [
        (0, "Seven days", 1, None),
        (1, "Refunds", 1, None),
    ]
    assert [p.revision.text[p.start : p.end] for p in passages] == [p.text for p in passages]
    assert passages[1].text.endswith("A refund is paid within three working days.")


def test_the_same_file_again_changes_nothing(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    before = state_of(cast.hemu)
    received = services.receive(
        actor=cast.lin.actor, base=_base(cast), name="returns.md", chunks=[RETURNS.encode()]
    )
    work_off(cast.lin.actor)
    assert received.outcome == "unchanged"
    assert state_of(cast.hemu) == before


def test_a_changed_file_is_a_new_revision_of_the_same_document(cast: Cast, ingest: Ingest) -> None:
    first = ingest(cast.zhou.actor, "returns.md", RETURNS)
    entries = len(verbs_of(cast.hemu))
    second = ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    assert second.pk == first.pk
    assert second.current is not None
    assert (second.current.number, second.current.published_in) == (2, 2)
    assert (_base(cast).version, _base(cast).passage_count) == (2, 3)
    with tenancy.scope(cast.hemu.pk):
        lives = list(Passage.objects.order_by("born", "ordinal").values_list("label", "born", "died"))
    assert lives == [
        ("Seven days", 1, 2),
        ("Refunds", 1, 2),
        ("Thirty days", 2, None),
        ("Refunds", 2, None),
        ("Vouchers", 2, None),
    ]
    assert _new_verbs(cast, entries) == ["document.received", "document.published"]
    assert len(files_of(cast.hemu)) == 2


def test_two_documents_of_the_same_content_share_one_file(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    other = ingest(cast.zhou.actor, "returns-copy.md", RETURNS)
    assert other.state == JobState.SUCCEEDED
    assert len(files_of(cast.hemu)) == 1
    assert (_base(cast).version, _base(cast).passage_count) == (2, 4)


def test_a_newer_upload_takes_the_place_of_one_that_waits(
    cast: Cast, ingest: Ingest, work_off: WorkOff
) -> None:
    base = _base(cast)
    waiting = services.receive(actor=cast.zhou.actor, base=base, name="returns.md", chunks=[RETURNS.encode()])
    document = ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    assert document.pk == waiting.document.pk
    assert document.current is not None
    assert document.current.number == 2
    with tenancy.scope(cast.hemu.pk):
        assert [r.published_in for r in Revision.objects.order_by("number")] == [None, 1]
        assert Document.objects.count() == 1
    assert _base(cast).passage_count == 3


def test_a_base_is_made_once(cast: Cast) -> None:
    before = state_of(cast.hemu)
    again = services.create_base(actor=cast.zhou.actor, slug="customer-service", name="Another name")
    assert again == _base(cast)
    assert state_of(cast.hemu) == before
