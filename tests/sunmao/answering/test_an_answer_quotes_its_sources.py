"""An extractive answer is made of sentences that stand in its sources, word for word."""

from __future__ import annotations

import re

import pytest

from sunmao.answering.models import AnswerRecord, Exchange, ExchangeState
from sunmao.core import tenancy
from sunmao.knowledge.models import Passage
from tests.fixtures import Ask, Cast

ENGLISH = "Who pays for return shipping of a large item?"
CHINESE = "收到货后多久之内可以退货？"
MARK = re.compile(r"\[(\d+)\]")

pytestmark = pytest.mark.usefixtures("policies")


def _passages(record: AnswerRecord) -> dict[int, Passage]:
    with tenancy.scope(record.organisation_id):
        return {
            cited["number"]: Passage.objects.select_related("revision").get(pk=cited["passage_id"])
            for cited in record.citations
        }


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [
        ("en", ENGLISH, "usually from 12 yuan for a parcel and 80 yuan per large item collected at home"),
        ("zh", CHINESE, "自签收次日起 7 天内可以申请无理由退货"),
    ],
)
def test_it_is_in_the_language_of_the_question(
    cast: Cast, ask: Ask, language: str, question: str, answer: str
) -> None:
    record = ask(cast.mei.actor, question)
    assert (record.outcome, record.language, record.engine) == ("answered", language, "extractive")
    assert answer in record.text
    assert {passage.language for passage in _passages(record).values()} == {language}


@pytest.mark.parametrize("question", [ENGLISH, CHINESE])
def test_every_quotation_equals_the_text_of_its_passage(cast: Cast, ask: Ask, question: str) -> None:
    record = ask(cast.mei.actor, question)
    passages = _passages(record)
    assert record.citations
    for cited in record.citations:
        passage = passages[cited["number"]]
        quoted = [passage.text[start:end] for start, end in cited["spans"]]
        assert quoted
        assert "".join(cited["quote"].replace("…", "").split()) == "".join("".join(quoted).split())
        assert all(sentence in record.text for sentence in quoted)
        assert passage.revision.text[passage.start : passage.end] == passage.text


def test_nothing_but_quotations_and_their_marks_is_in_it(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, ENGLISH)
    rest = record.text
    for cited in record.citations:
        for start, end in cited["spans"]:
            rest = rest.replace(_passages(record)[cited["number"]].text[start:end], "")
    assert MARK.sub("", rest).strip() == ""


def test_sources_are_numbered_in_the_order_of_the_text(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, ENGLISH)
    marks = [int(number) for number in MARK.findall(record.text)]
    assert list(dict.fromkeys(marks)) == [cited["number"] for cited in record.citations]
    assert marks[0] == 1


def test_the_record_says_what_was_read_and_how_long_it_took(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, ENGLISH)
    assert record.knowledge == {"customer-service": 2}
    assert {cited["passage_id"] for cited in record.citations} <= {read["passage_id"] for read in record.read}
    assert [span["name"] for span in record.spans] == [
        "protect",
        "screen",
        "inspect",
        "intend",
        "resolve",
        "retrieve",
        "apply_rules",
        "admit",
        "render",
        "moderate",
        "generate",
        "verify",
    ]
    assert 0.5 <= record.relevance <= 1
    assert record.label["en"] == "Extract from the knowledge base, word for word; no text was generated"
    assert (record.label["kind"], record.label["aigc"]) == ("extract", {})
    assert record.prompt_version_id is not None
    with tenancy.scope(cast.hemu.pk):
        assert Exchange.objects.get(pk=record.exchange_id).state == ExchangeState.DONE


def test_top_k_limits_what_is_read(cast: Cast, ask: Ask) -> None:
    assert len(ask(cast.mei.actor, ENGLISH, top_k=2).read) == 2
    assert len(ask(cast.mei.actor, ENGLISH).read) == 5
