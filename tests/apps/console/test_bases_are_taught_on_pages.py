from __future__ import annotations

import pytest

from sunmao.answering.models import AnswerRecord
from sunmao.core import tenancy
from sunmao.jobs.models import Job
from sunmao.knowledge.learning.models import ConfirmedQuestion
from tests.fixtures import Ask, Cast, Ingest, state_of, verbs_of
from tests.fixtures.files import RETURNS

QUESTIONS = "/console/learning/confirmedquestion/"
RANKINGS = "/console/learning/ranking/"
ASKED = "When is a refund paid?"


@pytest.fixture
def record(cast: Cast, ingest: Ingest, ask: Ask) -> AnswerRecord:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    return ask(cast.mei.actor, ASKED)


def test_an_answer_teaches_and_the_list_takes_it_back(cast: Cast, record: AnswerRecord) -> None:
    page = f"/console/answering/answerrecord/{record.pk}/change/"
    passage = record.read[0]["passage_id"]
    assert "This one answers it" in cast.lin.client.get(page).content.decode()

    answered = cast.lin.client.post(page, {"confirm": passage})

    assert answered.status_code == 302
    with tenancy.scope(cast.hemu.pk):
        known = ConfirmedQuestion.objects.get()
        assert (known.question, str(known.passage_id)) == (ASKED, passage)
    assert ASKED in cast.zhou.client.get(QUESTIONS).content.decode()
    cast.zhou.client.post(QUESTIONS, {"action": "withdraw", "_selected_action": str(known.pk)})
    assert ASKED not in cast.zhou.client.get(QUESTIONS).content.decode()
    assert verbs_of(cast.hemu, subject=known.pk) == ["question.confirmed", "question.withdrawn"]


def test_who_only_reads_answers_is_offered_nothing(cast: Cast, record: AnswerRecord) -> None:
    page = f"/console/answering/answerrecord/{record.pk}/change/"
    before = state_of(cast.hemu)
    assert "This one answers it" not in cast.ann.client.get(page).content.decode()
    cast.ann.client.post(page, {"confirm": record.read[0]["passage_id"]})
    assert state_of(cast.hemu) == before


def test_a_passage_of_a_neighbour_cannot_be_named(cast: Cast, record: AnswerRecord, ingest: Ingest) -> None:
    foreign = ingest(cast.omar.actor, "returns.md", RETURNS)
    with tenancy.scope(cast.qinghe.pk):
        passage = foreign.current.passages.first()
    before = state_of(cast.hemu)
    page = f"/console/answering/answerrecord/{record.pk}/change/"
    assert cast.lin.client.post(page, {"confirm": str(passage.pk)}).status_code == 404
    assert state_of(cast.hemu) == before


def test_too_few_questions_are_said_on_the_page(cast: Cast, record: AnswerRecord) -> None:
    base = next(iter(record.knowledge))
    told = cast.zhou.client.post(RANKINGS, {"base": base, "train": "1"}, follow=True).content.decode()
    assert "A ranking needs at least 200 confirmed questions." in told
    with tenancy.scope(cast.hemu.pk):
        assert not Job.objects.filter(kind="learning.train_ranking").exists()
