"""When nothing trustworthy is found, the product says so and keeps the question."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.translation import gettext

from sunmao.answering import phrases
from sunmao.answering.selectors import unanswered
from sunmao.core import tenancy
from sunmao.core.errors import Forbidden
from tests.fixtures import Ask, Cast, Ingest

FOREIGN = {"en": "How does a quantum computer correct its errors?", "zh": "量子计算机怎样纠正误差？"}


@pytest.mark.usefixtures("policies")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_fixed_phrase_is_the_whole_answer(cast: Cast, ask: Ask, language: str) -> None:
    record = ask(cast.mei.actor, FOREIGN[language])
    with translation.override(phrases.UI_LANGUAGE[language]):
        assert record.text == gettext("No relevant knowledge was found")
    assert (record.outcome, record.citations, record.language) == ("unanswered", [], language)
    assert record.relevance < 0.5


def test_an_empty_base_answers_nothing(cast: Cast, ask: Ask) -> None:
    record = ask(cast.mei.actor, "Who pays for return shipping?")
    assert (record.outcome, record.read, record.relevance) == ("unanswered", [], 0.0)
    assert record.text == "No relevant knowledge was found"


@pytest.mark.usefixtures("policies")
def test_unanswered_questions_are_listed_for_those_who_mend_the_knowledge(cast: Cast, ask: Ask) -> None:
    ask(cast.mei.actor, "Who pays for return shipping?")
    lost = [ask(cast.mei.actor, FOREIGN[language]) for language in ("en", "zh")]
    with tenancy.scope(cast.hemu.pk):
        assert [record.pk for record in unanswered(cast.ann.actor)] == [
            record.pk for record in reversed(lost)
        ]
        with pytest.raises(Forbidden):
            unanswered(cast.mei.actor)
    with tenancy.scope(cast.qinghe.pk):
        assert list(unanswered(cast.omar.actor)) == []


LAW = "中华人民共和国家具法\n\n" + "\n\n".join(
    f"第{number}条　家具应当{what}。"
    for number, what in [
        ("一", "结实耐用"),
        ("二", "标明材料的来源"),
        ("三", "附有安装说明"),
        ("四", "在七日内送达"),
        ("五", "提供三年保修"),
        ("六", "符合防火的要求"),
    ]
)


def test_an_article_is_found_by_its_number(cast: Cast, ask: Ask, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "家具法.md", LAW)
    assert document.current is not None
    assert document.current.counts["article"] == 6
    record = ask(cast.mei.actor, "家具法第5条")
    assert record.outcome == "answered"
    assert [cited["label"] for cited in record.citations] == ["第五条"]
    assert "家具应当提供三年保修" in record.text
    assert record.relevance == 1.0


def test_an_article_that_does_not_exist_is_named(cast: Cast, ask: Ask, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "家具法.md", LAW)
    record = ask(cast.mei.actor, "家具法第九十九条是什么？")
    assert (record.outcome, record.citations) == ("unanswered", [])
    with translation.override("zh-hans"):
        said = gettext("The knowledge bases do not contain %(reference)s.") % {
            "reference": "家具法第九十九条"
        }
    assert said in record.text
