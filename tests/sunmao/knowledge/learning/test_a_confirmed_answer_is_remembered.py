"""What was answered is in words that people ask with; the passage that it came from is found by them too."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden
from sunmao.knowledge import retrieval
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.models import ConfirmedQuestion
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.rollback import roll_back
from tests.fixtures import Cast, Ingest, state_of

POLICY = """# Returns

## Wear

Scratches that a cat or a dog has made are no defect and are not covered by the warranty.

## Delivery

A sofa is carried to the room of choice; the old one is taken away on request.
"""
QUESTION = "my kitty ruined the couch, who pays?"
ANSWER = "Nobody but you: claw marks of pets count as ordinary damage [1]."
LATER = "are claw marks ordinary damage?"


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


@pytest.fixture
def base(policy: Document) -> KnowledgeBase:
    return policy.base


@pytest.fixture
def about_cats(cast: Cast, policy: Document) -> Passage:
    with tenancy.scope(cast.hemu.pk):
        return Passage.objects.get(document=policy, died=None, label="Wear")


def _found(actor: Actor, base: KnowledgeBase, *, version: int | None = None) -> list[str]:
    with tenancy.scope(actor.organisation_id):
        base.refresh_from_db()
        pin = BaseVersion(base, base.version if version is None else version)
        hits = retrieval.retrieve(actor=actor, question=LATER, bases=[pin]).hits
    return [hit.passage.label for hit in hits]


def _confirm(cast: Cast, base: KnowledgeBase, passage: Passage, answer: str) -> ConfirmedQuestion:
    return confirming.confirm(
        actor=cast.zhou.actor, base=base, question=QUESTION, passage=passage, answer=answer
    )


def test_a_question_in_the_words_of_the_answer_finds_its_passage(
    cast: Cast, base: KnowledgeBase, about_cats: Passage
) -> None:
    _confirm(cast, base, about_cats, "")
    assert _found(cast.mei.actor, base) == []
    before = base.version
    _confirm(cast, base, about_cats, ANSWER)
    assert _found(cast.mei.actor, base) == ["Wear"]
    assert _found(cast.mei.actor, base, version=before) == []


def test_the_same_answer_twice_is_once_and_a_confirmation_without_one_takes_none_away(
    cast: Cast, base: KnowledgeBase, about_cats: Passage
) -> None:
    made = _confirm(cast, base, about_cats, ANSWER)
    before = state_of(cast.hemu)
    assert _confirm(cast, base, about_cats, ANSWER) == made
    assert _confirm(cast, base, about_cats, "") == made
    assert state_of(cast.hemu) == before


def test_it_is_confirmed_by_whoever_may_teach_only(
    cast: Cast, base: KnowledgeBase, about_cats: Passage
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        confirming.confirm(
            actor=cast.mei.actor, base=base, question=QUESTION, passage=about_cats, answer=ANSWER
        )
    assert state_of(cast.hemu) == before


def test_personal_data_in_it_is_taken_out(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    made = _confirm(cast, base, about_cats, "Call 13900139000 about the claw marks.")
    assert "13900139000" not in made.answer
    assert "claw marks" in made.answer


def test_going_back_forgets_it(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    _confirm(cast, base, about_cats, "")
    with tenancy.scope(cast.hemu.pk):
        base.refresh_from_db()
    then = base.version
    _confirm(cast, base, about_cats, ANSWER)
    roll_back(actor=cast.zhou.actor, base=base, to=then)
    assert _found(cast.mei.actor, base) == []
    with tenancy.scope(cast.hemu.pk):
        living = ConfirmedQuestion.objects.filter(died=None)
        assert list(living.values_list("question", "answer")) == [(QUESTION, "")]


def test_many_are_imported_with_their_answers(cast: Cast, base: KnowledgeBase, about_cats: Passage) -> None:
    pairs, answers = [(QUESTION, about_cats)], {QUESTION: ANSWER}
    done = confirming.import_pairs(actor=cast.zhou.actor, base=base, pairs=pairs, answers=answers)
    assert done == 1
    assert _found(cast.mei.actor, base) == ["Wear"]
