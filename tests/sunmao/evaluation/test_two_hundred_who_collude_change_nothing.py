"""Two hundred accounts dislike the same answer: nothing is learned of it without somebody who may approve."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sunmao.answering import services as answering
from sunmao.answering.models import AnswerRecord, Exchange
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden
from sunmao.evaluation.models import Case, Suite
from sunmao.evaluation.suites.from_answers import case_from_answer
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.models import ConfirmedQuestion, Ranking
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.releases.models import Release, Shift
from tests.fixtures import Ask, Cast, Ingest

QUESTION = "How long is the warranty on a sofa?"
LEARNED = (Suite, Case, ConfirmedQuestion, Ranking, Passage, Shift)


def _learned(cast: Cast) -> dict[str, Any]:
    """Everything that a later answer could be made of, or judged by."""
    with tenancy.scope(cast.hemu.pk):
        return {
            **{model.__name__: list(model.objects.values().order_by("pk")) for model in LEARNED},
            "bases": list(KnowledgeBase.objects.values_list("slug", "version").order_by("slug")),
            "releases": list(Release.objects.values_list("task", "number", "state").order_by("pk")),
        }


def _socks(cast: Cast) -> list[Actor]:
    """A channel speaks for as many people as it likes."""
    return [replace(cast.mei.actor, on_behalf_of=f"sock-{number}") for number in range(200)]


@pytest.fixture
def disliked(cast: Cast, ask: Ask, ingest: Ingest) -> AnswerRecord:
    """200 have asked, and all of them dislike what they were told."""
    ingest(cast.zhou.actor, "warranty.md", "# Warranty\n\nThe warranty on a sofa is five years.\n")
    record = ask(cast.mei.actor, QUESTION)
    answering.give_feedback(actor=cast.mei.actor, exchange=record.exchange, value="down")
    return record


def test_their_feedback_alone_changes_no_row(cast: Cast, disliked: AnswerRecord, ask: Ask) -> None:
    before = _learned(cast)
    for sock in _socks(cast):
        exchange = answering.ask(actor=sock, task_name="customer_service.ask", data={"question": QUESTION})
        answering.give_feedback(actor=sock, exchange=exchange, value="down")
    with tenancy.scope(cast.hemu.pk):
        assert Exchange.objects.filter(feedback="down").count() == 201
    assert _learned(cast) == before
    assert ask(cast.mei.actor, QUESTION).text == disliked.text


def test_none_of_them_can_make_a_case_or_confirm_a_passage(cast: Cast, disliked: AnswerRecord) -> None:
    before = _learned(cast)
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.select_related("document__base").get()
        base = passage.document.base
    for sock in _socks(cast):
        with pytest.raises(Forbidden):
            case_from_answer(actor=sock, record=disliked, correction="There is no warranty.")
        with pytest.raises(Forbidden):
            confirming.confirm(actor=sock, base=base, question=QUESTION, passage=passage)
    assert _learned(cast) == before


def test_one_who_may_approve_makes_exactly_one_case(cast: Cast, disliked: AnswerRecord) -> None:
    case = case_from_answer(actor=cast.lin.actor, record=disliked, correction="Five years.")
    with tenancy.scope(cast.hemu.pk):
        assert [one.pk for one in Case.objects.all()] == [case.pk]
