from __future__ import annotations

from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.jobs.models import Job
from sunmao.knowledge.learning.models import ConfirmedQuestion, Source
from sunmao.knowledge.models import KnowledgeBase, Passage
from tests.fixtures import Cast, Ingest, state_of, verbs_of
from tests.fixtures.files import RETURNS

ASKED = "How soon do I see my money?"


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "returns.md", RETURNS).base


@pytest.fixture
def passage(cast: Cast, base: KnowledgeBase) -> Passage:
    with tenancy.scope(cast.hemu.pk):
        return Passage.objects.filter(base_id=base.pk).order_by("ordinal")[0]


def _pairs(passage: Passage, *questions: str) -> list[dict[str, str]]:
    return [{"question": one, "passage_id": str(passage.pk)} for one in questions]


def test_an_editor_confirms_reads_and_withdraws(cast: Cast, base: KnowledgeBase, passage: Passage) -> None:
    address = f"/api/v1/bases/{base.slug}/questions"
    given = {**_pairs(passage, ASKED)[0], "answer": "Ten days after it came back."}

    made = cast.zhou.client.post(address, given, content_type="application/json")
    assert made.status_code == 201, made.content
    listed = cast.zhou.client.get(address).json()
    assert [(one["question"], one["passage_id"], one["source"]) for one in listed["questions"]] == [
        (ASKED, str(passage.pk), Source.REVIEW)
    ]
    assert listed["questions"][0]["answer"] == "Ten days after it came back."
    assert listed["more"] is False

    gone = cast.zhou.client.delete(f"/api/v1/questions/{made.json()['id']}")
    assert gone.status_code == 204
    assert cast.zhou.client.get(address).json()["questions"] == []
    again = cast.zhou.client.delete(f"/api/v1/questions/{made.json()['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "unknown_question")
    assert verbs_of(cast.hemu)[-2:] == ["question.confirmed", "question.withdrawn"]


def test_many_pairs_are_one_version_of_the_base(cast: Cast, base: KnowledgeBase, passage: Passage) -> None:
    pairs = _pairs(passage, ASKED, "When is the refund there?", ASKED)
    pairs[0]["answer"] = "Ten days after it came back."
    told = cast.zhou.client.post(
        f"/api/v1/bases/{base.slug}/questions/import", {"pairs": pairs}, content_type="application/json"
    )
    assert (told.status_code, told.json()) == (200, {"confirmed": 2})
    with tenancy.scope(cast.hemu.pk):
        assert KnowledgeBase.objects.get(pk=base.pk).version == base.version + 1
        imported = ConfirmedQuestion.objects.filter(base=base, source=Source.IMPORT)
        assert dict(imported.values_list("question", "answer")) == {
            ASKED: "Ten days after it came back.",
            "When is the refund there?": "",
        }


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"pairs": []}, 400, "invalid_input"),
        ({"pairs": "all"}, 400, "invalid_input"),
        ({}, 400, "invalid_input"),
        ({"pairs": [{"question": ASKED, "passage_id": "7"}]}, 404, "not_found"),
        ({"pairs": [{"question": 7, "passage_id": "7"}]}, 400, "invalid_input"),
        ({"pairs": ["a question"]}, 400, "invalid_input"),
    ],
)
def test_a_wrong_list_confirms_nothing(
    cast: Cast, base: KnowledgeBase, passage: Passage, wrong: dict[str, Any], status: int, code: str
) -> None:
    before = state_of(cast.hemu)
    if isinstance(wrong.get("pairs"), list) and wrong["pairs"]:
        wrong = {"pairs": _pairs(passage, "A good one?") + wrong["pairs"]}
    told = cast.zhou.client.post(
        f"/api/v1/bases/{base.slug}/questions/import", wrong, content_type="application/json"
    )
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert state_of(cast.hemu) == before


def test_customers_and_neighbours_teach_nothing(cast: Cast, base: KnowledgeBase, passage: Passage) -> None:
    before = state_of(cast.hemu)
    address = f"/api/v1/bases/{base.slug}/questions"
    for person, status in ((cast.mei, 403), (cast.omar, 404)):
        told = person.client.post(address, _pairs(passage, ASKED)[0], content_type="application/json")
        assert told.status_code == status
    assert state_of(cast.hemu) == before


def test_too_few_questions_train_nothing(cast: Cast, base: KnowledgeBase) -> None:
    address = f"/api/v1/bases/{base.slug}/rankings"
    told = cast.zhou.client.post(address)
    assert (told.status_code, told.json()["code"]) == (400, "too_few_questions")
    assert cast.zhou.client.get(address).json() == {"rankings": []}
    with tenancy.scope(cast.hemu.pk):
        assert not Job.objects.filter(kind="learning.train_ranking").exists()


def test_enough_questions_are_queued_once(cast: Cast, base: KnowledgeBase, passage: Passage) -> None:
    pairs = _pairs(passage, *(f"Refund of order {number}?" for number in range(200)))
    cast.zhou.client.post(
        f"/api/v1/bases/{base.slug}/questions/import", {"pairs": pairs}, content_type="application/json"
    )
    address = f"/api/v1/bases/{base.slug}/rankings"
    queued = cast.zhou.client.post(address)
    assert (queued.status_code, queued.json()["kind"]) == (202, "learning.train_ranking")
    second = cast.zhou.client.post(address)
    assert (second.status_code, second.json()["code"]) == (409, "training_under_way")
