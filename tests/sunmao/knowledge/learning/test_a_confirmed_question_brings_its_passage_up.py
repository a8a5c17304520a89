"""Whoever confirms an answer teaches the base; what was known before stays what was known before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EmptyInput, Forbidden, NotFound, TooLong
from sunmao.knowledge import retrieval, services
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.models import ConfirmedQuestion
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from tests.fixtures import Cast, Ingest, state_of, verbs_of

POLICY = """# Returns

## Cooling-off

A sofa may be handed back within seven days of delivery, unused and in its wrapping.

## Wear

Scratches that a cat or a dog has made are no defect and are not covered by the warranty.

## Delivery

A sofa is carried to the room of choice; the old one is taken away on request.
"""
LAY = "my kitty ruined the couch, who pays?"
LIKE_IT = "the kitty ruined our couch"


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


@pytest.fixture
def base(policy: Document) -> KnowledgeBase:
    return policy.base


def _passage(cast: Cast, policy: Document, words: str) -> Passage:
    with tenancy.scope(cast.hemu.pk):
        return Passage.objects.get(document=policy, died=None, text__contains=words)


@pytest.fixture
def about_cats(cast: Cast, policy: Document) -> Passage:
    return _passage(cast, policy, "a cat or a dog")


def _found(actor: Actor, base: KnowledgeBase, question: str, *, version: int | None = None) -> list[str]:
    with tenancy.scope(actor.organisation_id):
        base.refresh_from_db()
        pin = BaseVersion(base, base.version if version is None else version)
        hits = retrieval.retrieve(actor=actor, question=question, bases=[pin]).hits
    return [hit.passage.label for hit in hits]


def _living(cast: Cast) -> list[tuple[str, str]]:
    with tenancy.scope(cast.hemu.pk):
        living = ConfirmedQuestion.objects.filter(died=None).order_by("question")
        return list(living.values_list("question", "passage__label"))


def _confirm(cast: Cast, base: KnowledgeBase, passage: Passage, question: str = LAY) -> ConfirmedQuestion:
    return confirming.confirm(actor=cast.zhou.actor, base=base, question=question, passage=passage)


def test_a_like_question_finds_it(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    assert _found(cast.mei.actor, base, LIKE_IT) == []
    _confirm(cast, base, about_cats)
    assert _found(cast.mei.actor, base, LIKE_IT) == ["Wear"]


def test_an_earlier_version_does_not_know_it(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    before = base.version
    _confirm(cast, base, about_cats)
    assert _found(cast.mei.actor, base, LIKE_IT, version=before) == []
    assert base.version == before + 1


def test_it_is_recorded(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    _confirm(cast, base, about_cats)
    assert verbs_of(cast.hemu)[-1] == "question.confirmed"


def test_twice_is_once(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    first = _confirm(cast, base, about_cats)
    before = state_of(cast.hemu)
    assert _confirm(cast, base, about_cats, question=f"  {LAY} ") == first
    assert state_of(cast.hemu) == before


def test_withdrawn_it_counts_no_more_but_did_before(
    cast: Cast, base: KnowledgeBase, about_cats: Passage
) -> None:
    made = _confirm(cast, base, about_cats)
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
    then = base.version
    confirming.withdraw(actor=cast.zhou.actor, question=made)
    assert _found(cast.mei.actor, base, LIKE_IT) == []
    assert _found(cast.mei.actor, base, LIKE_IT, version=then) == ["Wear"]
    assert verbs_of(cast.hemu)[-1] == "question.withdrawn"


def test_it_goes_on_to_the_next_revision(
    cast: Cast, ingest: Ingest, base: KnowledgeBase, about_cats: Passage
) -> None:
    _confirm(cast, base, about_cats)
    ingest(cast.zhou.actor, "returns.md", POLICY.replace("is carried", "will be carried"))
    assert _found(cast.mei.actor, base, LIKE_IT) == ["Wear"]
    assert _living(cast) == [(LAY, "Wear")]


def test_it_follows_its_heading_when_the_words_change(
    cast: Cast, ingest: Ingest, base: KnowledgeBase, about_cats: Passage
) -> None:
    _confirm(cast, base, about_cats)
    ingest(cast.zhou.actor, "returns.md", POLICY.replace("Scratches", "Scratches and stains"))
    assert _living(cast) == [(LAY, "Wear")]


def test_it_ends_when_its_passage_is_gone(
    cast: Cast, ingest: Ingest, base: KnowledgeBase, about_cats: Passage
) -> None:
    _confirm(cast, base, about_cats)
    ingest(cast.zhou.actor, "returns.md", POLICY.replace("## Wear", "## Else").replace("Scratches", "Marks"))
    assert _living(cast) == []
    assert _found(cast.mei.actor, base, LIKE_IT) == []


def test_a_removed_document_is_not_brought_back(
    cast: Cast, policy: Document, base: KnowledgeBase, about_cats: Passage
) -> None:
    _confirm(cast, base, about_cats)
    services.delete_document(actor=cast.zhou.actor, document=policy)
    assert _found(cast.mei.actor, base, LIKE_IT) == []


def test_an_internal_base_keeps_what_it_learned_to_its_readers(
    cast: Cast, base: KnowledgeBase, about_cats: Passage
) -> None:
    _confirm(cast, base, about_cats)
    with tenancy.scope(cast.hemu.pk):
        KnowledgeBase.objects.filter(pk=base.pk).update(audience="staff")
    assert _found(cast.mei.actor, base, LIKE_IT) == []
    assert _found(cast.zhou.actor, base, LIKE_IT) == ["Wear"]


def test_many_come_as_one_version(
    cast: Cast, base: KnowledgeBase, policy: Document, about_cats: Passage
) -> None:
    cooling = _passage(cast, policy, "seven days")
    before = base.version
    pairs = [(LAY, about_cats), ("can I give it back?", cooling), (LAY, about_cats)]
    assert confirming.import_pairs(actor=cast.zhou.actor, base=base, pairs=pairs) == 2
    assert _found(cast.mei.actor, base, "give it back") == ["Cooling-off"]
    assert base.version == before + 1
    assert verbs_of(cast.hemu)[-1] == "questions.imported"
    assert confirming.import_pairs(actor=cast.zhou.actor, base=base, pairs=pairs) == 0


@pytest.fixture
def unchanged(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> Iterator[None]:
    before = state_of(cast.hemu)
    yield
    assert state_of(cast.hemu) == before


@pytest.mark.usefixtures("unchanged")
def test_who_only_asks_confirms_nothing(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    with pytest.raises(Forbidden):
        confirming.confirm(actor=cast.mei.actor, base=base, question=LAY, passage=about_cats)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("question", "error"), [("  ", EmptyInput), ("x" * 2_001, TooLong)], ids=["blank", "long"]
)
def test_no_question_at_all(
    cast: Cast, base: KnowledgeBase, about_cats: Passage, question: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        _confirm(cast, base, about_cats, question=question)


@pytest.mark.usefixtures("unchanged")
def test_a_passage_of_another_base(
    cast: Cast, ingest: Ingest, base: KnowledgeBase, about_cats: Passage
) -> None:
    with tenancy.scope(cast.hemu.pk):
        other = KnowledgeBase(slug="other", name="other")
    with pytest.raises(NotFound):
        _confirm(cast, other, about_cats)


@pytest.mark.usefixtures("unchanged")
def test_another_organisation_sees_none_of_it(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    with tenancy.scope(cast.qinghe.pk):
        assert not ConfirmedQuestion.objects.exists()
        assert not ConfirmedQuestion.objects.filter(organisation_id=cast.hemu.pk).exists()
