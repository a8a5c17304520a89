"""A rollback makes an earlier version's contents those of a new version; nothing is lost, nothing encoded."""

from __future__ import annotations

import pytest
from django.db import connection

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, InvalidInput
from sunmao.guards.models import PersonalDataPolicy
from sunmao.knowledge import retrieval, services
from sunmao.knowledge.learning.confirming import confirm
from sunmao.knowledge.learning.models import ConfirmedQuestion
from sunmao.knowledge.models import Change, Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.rollback import NameTaken, PolicyChanged, roll_back
from sunmao.knowledge.selectors import documents_visible_to
from tests.fixtures import Cast, Ingest, WorkOff
from tests.fixtures.files import RETURNS, RETURNS_LATER
from tests.fixtures.state import state_of

BASE = "customer-service"
CARE = "# Care\n\n## Oil\n\nOil the table twice a year.\n"
STEEL = "# Care\n\n## Steel\n\nWipe the steel dry.\n"


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    """Version 2 has returns and care; later returns change (3), care goes (4) and a price list comes (5)."""
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    care = ingest(cast.zhou.actor, "care.md", CARE)
    ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    services.delete_document(actor=cast.zhou.actor, document=care)
    return ingest(cast.zhou.actor, "prices.md", "# Prices\n\n## Oak\n\nThe oak table costs 900.\n").base


def _contents(cast: Cast, version: int) -> list[tuple[str, ...]]:
    """What a version holds, word for word."""
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute(
            """SELECT d.name, p.text, v.lexical::text
               FROM knowledge_passage_vector v JOIN knowledge_passage p ON p.id = v.passage_id
               JOIN knowledge_document d ON d.id = p.document_id
               WHERE v.born <= %(v)s AND (v.died IS NULL OR v.died > %(v)s) ORDER BY 1, 2""",
            {"v": version},
        )
        return cursor.fetchall()


def _terms(cast: Cast) -> tuple[dict[int, int], dict[int, int]]:
    """The word statistics, and the same counted anew."""
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute("SELECT dimension, passages FROM knowledge_term WHERE passages > 0")
        kept = dict(cursor.fetchall())
        cursor.execute(
            """SELECT split_part(e, ':', 1)::int, count(*) FROM knowledge_passage_vector v,
               unnest(string_to_array(trim(both '{}' from split_part(v.lexical::text, '/', 1)), ',')) e
               WHERE v.died IS NULL GROUP BY 1"""
        )
        return kept, dict(cursor.fetchall())


def _names(cast: Cast) -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        return sorted(documents_visible_to(cast.zhou.actor).values_list("name", flat=True))


def _found(cast: Cast, question: str, version: int | str = "latest") -> list[str]:
    with tenancy.scope(cast.hemu.pk):
        pins = pinned(actor=cast.mei.actor, bases={BASE: version})
        hits = retrieval.retrieve(actor=cast.mei.actor, question=question, bases=pins).hits
        return [hit.passage.label for hit in hits]


def test_the_contents_are_those_of_the_earlier_version(cast: Cast, base: KnowledgeBase) -> None:
    then = _contents(cast, 2)
    done = roll_back(actor=cast.zhou.actor, base=base, to=2)
    assert (done.version, done.changed, done.documents) == (6, True, 3)
    assert _contents(cast, 6) == then
    assert _names(cast) == ["care.md", "returns.md"]
    assert _found(cast, "oil the table")[0] == "Oil"
    assert _found(cast, "What does the oak table cost?", 5)[0] == "Oak", "an earlier version keeps what left"
    kept, counted = _terms(cast)
    assert kept == counted
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        assert base.passage_count == len(then) == Passage.objects.filter(died=None).count()
        change = Change.objects.get(base=base, version=6)
        assert (change.kind, change.restored, change.made_by) == ("rolled_back", 2, "zhou")
        assert change.counts["documents"] == 2


def test_going_back_once_more_changes_nothing(cast: Cast, base: KnowledgeBase) -> None:
    roll_back(actor=cast.zhou.actor, base=base, to=2)
    before = state_of(cast.hemu)
    again = roll_back(actor=cast.zhou.actor, base=base, to=2)
    assert (again.version, again.changed) == (6, False)
    assert state_of(cast.hemu) == before


def test_going_back_is_itself_gone_back_on(cast: Cast, base: KnowledgeBase) -> None:
    newest = _contents(cast, 5)
    roll_back(actor=cast.zhou.actor, base=base, to=0)
    assert _contents(cast, 6) == []
    assert _names(cast) == []
    roll_back(actor=cast.zhou.actor, base=base, to=5)
    assert _contents(cast, 7) == newest
    assert _names(cast) == ["prices.md", "returns.md"]


def test_what_left_may_be_uploaded_anew(cast: Cast, base: KnowledgeBase, ingest: Ingest) -> None:
    roll_back(actor=cast.zhou.actor, base=base, to=2)
    made = ingest(cast.zhou.actor, "prices.md", "# Prices\n\n## Oak\n\nThe oak table costs 900.\n")
    assert (made.state, _names(cast)) == ("succeeded", ["care.md", "prices.md", "returns.md"])


def test_confirmed_questions_go_back_with_their_passages(
    cast: Cast, ingest: Ingest, base: KnowledgeBase
) -> None:
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
        oak = Passage.objects.get(label="Oak")
    confirm(actor=cast.lin.actor, base=base, question="What is the big one?", passage=oak)
    roll_back(actor=cast.zhou.actor, base=base, to=2)
    with tenancy.scope(cast.hemu.pk):
        assert ConfirmedQuestion.objects.filter(died=None).count() == 0
    roll_back(actor=cast.zhou.actor, base=base, to=6)
    with tenancy.scope(cast.hemu.pk):
        living = ConfirmedQuestion.objects.select_related("passage").get(died=None)
    assert (living.question, living.passage.label, living.passage.died) == (
        "What is the big one?",
        "Oak",
        None,
    )


def test_a_name_that_is_being_read_is_not_taken(cast: Cast, base: KnowledgeBase, ingest: Ingest) -> None:
    services.receive(actor=cast.zhou.actor, base=base, name="care.md", chunks=[STEEL.encode()])
    before = state_of(cast.hemu)
    with pytest.raises(NameTaken):
        roll_back(actor=cast.zhou.actor, base=base, to=2)
    assert state_of(cast.hemu) == before


def test_an_upload_on_its_way_comes_after_it(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    services.receive(actor=cast.zhou.actor, base=base, name="returns.md", chunks=[STEEL.encode()])
    services.receive(actor=cast.zhou.actor, base=base, name="prices.md", chunks=[STEEL.encode()])
    roll_back(actor=cast.zhou.actor, base=base, to=2)
    work_off(cast.zhou.actor)
    assert _found(cast, "wipe the steel")[0] == "Steel"
    assert _names(cast) == ["care.md", "returns.md"], "a reading for a document that left has ended"
    with tenancy.scope(cast.hemu.pk):
        states = dict(Document.objects.values_list("name", "job__state"))
        assert states["prices.md"] == "cancelled"
        assert list(Change.objects.values_list("version", "kind"))[:2] == [
            (7, "published"),
            (6, "rolled_back"),
        ]


def test_whoever_may_not_and_wherever_it_cannot_change_nothing(cast: Cast, base: KnowledgeBase) -> None:
    before = state_of(cast.hemu)
    for actor in (cast.mei.actor, cast.ann.actor):
        with pytest.raises(Forbidden):
            roll_back(actor=actor, base=base, to=2)
    for version in (-1, 6):
        with pytest.raises(InvalidInput):
            roll_back(actor=cast.zhou.actor, base=base, to=version)
    assert state_of(cast.hemu) == before


def test_text_of_other_policies_does_not_come_back(cast: Cast, base: KnowledgeBase) -> None:
    with tenancy.scope(cast.hemu.pk):
        PersonalDataPolicy.objects.create(
            scope_kind="organisation", place="knowledge", modes={"email": "mask"}, images="off", allowed=[]
        )
    before = state_of(cast.hemu)
    with pytest.raises(PolicyChanged) as refused:
        roll_back(actor=cast.zhou.actor, base=base, to=2)
    assert refused.value.fields == {"documents": "care.md, returns.md"}
    assert state_of(cast.hemu) == before
    assert roll_back(actor=cast.zhou.actor, base=base, to=0).changed, "what only leaves may leave"
