from __future__ import annotations

from typing import Any

import pytest

from sunmao.answering.people import services as people
from sunmao.core import tenancy
from sunmao.core.crypto import persons
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.models import ConfirmedQuestion, Ranking, RankingState
from sunmao.knowledge.models import KnowledgeBase, Passage
from tests.fixtures import Cast, Ingest
from tests.fixtures.files import RETURNS

ASKED = "When do I, 13800138000, get my money?"


@pytest.fixture
def confirmed(cast: Cast, ingest: Ingest) -> ConfirmedQuestion:
    """Zhou confirmed what Mei asked."""
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.filter(document=document)[0]
        key = persons.key_of(cast.mei.actor.subject)
    return confirming.confirm(
        actor=cast.zhou.actor, base=document.base, question=ASKED, passage=passage, person_key=key
    )


def test_personal_data_is_taken_out_of_it(cast: Cast, confirmed: ConfirmedQuestion) -> None:
    with tenancy.scope(cast.hemu.pk):
        kept = ConfirmedQuestion.objects.get()
    assert "13800138000" not in kept.question
    assert kept.question.startswith("When do I, <MOBILE")


def test_pairs_of_a_file_are_treated_alike(cast: Cast, confirmed: ConfirmedQuestion) -> None:
    with tenancy.scope(cast.hemu.pk):
        base, passage = KnowledgeBase.objects.get(pk=confirmed.base_id), Passage.objects.first()
    confirming.import_pairs(actor=cast.zhou.actor, base=base, pairs=[("Call 13900139000?", passage)])
    with tenancy.scope(cast.hemu.pk):
        assert not ConfirmedQuestion.objects.filter(question__contains="13900139000").exists()


def test_erasing_the_asker_erases_it_and_marks_what_was_trained_on_it(
    cast: Cast, confirmed: ConfirmedQuestion
) -> None:
    with tenancy.scope(cast.hemu.pk):
        ranking = Ranking.objects.create(
            base_id=confirmed.base_id, number=1, state=RankingState.ACTIVE, features=1, questions=200,
            model="", born=1,
        )  # fmt: skip

    told = people.erase(actor=cast.lin.actor, subject="mei").as_dict()

    with tenancy.scope(cast.hemu.pk):
        assert not ConfirmedQuestion.objects.exists()
        assert Ranking.objects.get(pk=ranking.pk).retrain_since is not None
    assert 1 in [one["count"] for one in told["erased"]]


def test_an_export_holds_it(cast: Cast, confirmed: ConfirmedQuestion) -> None:
    with tenancy.scope(cast.hemu.pk):
        person: Any = people._person(cast.lin.actor, "mei")
        parts = {part.name: part.rows for part in people._known(person)}
    assert [one["base"] for one in parts["confirmed_questions"]] == ["customer-service"]


def test_erasing_the_reviewer_leaves_it_without_a_name(cast: Cast, confirmed: ConfirmedQuestion) -> None:
    people.erase(actor=cast.lin.actor, subject="zhou")
    with tenancy.scope(cast.hemu.pk):
        assert "zhou" not in ConfirmedQuestion.objects.get().confirmed_by
