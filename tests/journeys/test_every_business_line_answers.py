"""Each business line answers from its documents, and says first what its rules found."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member
from tests.journeys.desk import PATHS, ask, citations, evidence, said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

CASES: list[tuple[str, Language, str, str]] = [
    ("customer_service", "zh", "柜门掉下来砸到孩子，送医院缝了三针，我要求赔偿和退货。", "CS-SAFE-01"),
    ("customer_service", "en", "The cabinet door fell and cut my hand. I want to return it.", "CS-SAFE-01"),
    ("medical", "zh", "父亲突然口角歪斜、说话不清、右手没有力气，怎么办？", "RF-"),
    ("medical", "en", "My father suddenly has a drooping face and slurred speech. What should I do?", "RF-"),
    ("investment_advisory", "zh", "这个产品保本保息稳赚不赔，对吧？", "FB-"),
    ("investment_advisory", "en", "Is this product risk-free with a guaranteed return of 8%?", "FB-"),
    ("contract_review", "zh", "每逾期一日按欠款的 5% 付违约金，这样的条款合适吗？", "CN-G-01"),
    ("contract_review", "en", "Is a penalty of 5% of the arrears per day acceptable?", "CN-G-01"),
]


@pytest.mark.parametrize(("vertical", "language", "question", "rule"), CASES)
def test_a_finding_is_shown_above_the_answer(
    vertical: str, language: Language, question: str, rule: str, visitor: Visitor, administrator: Member
) -> None:
    page = visitor.page(administrator, language, PATHS[vertical])
    given = ask(page, question, language)
    finding = given.locator(".finding").filter(has_text=re.compile(rule)).first
    expect(finding).to_be_visible()
    words = finding.inner_text()
    assert ("，" in words or "。" in words) == (language == "zh"), words
    assert words.isascii() or language == "zh" or not re.search(r"[\u4e00-\u9fff]", words), words


ORDINARY: list[tuple[str, str]] = [
    ("customer_service", "退款申请通过了，钱几天能到我银行卡？"),
    ("medical", "看专科一次诊察费多少钱？"),
    ("investment_advisory", "我测出来是稳健型，能买中高风险的产品吗？"),
    ("contract_review", "对方说赔得太多要法院减少，证据该由哪边出？"),
]


@pytest.mark.parametrize(("vertical", "question"), ORDINARY)
def test_an_ordinary_question_is_answered_from_the_documents(
    vertical: str, question: str, visitor: Visitor, administrator: Member
) -> None:
    page = visitor.page(administrator, "zh", PATHS[vertical])
    given = ask(page, question)
    citations(given).first.click()
    expect(evidence(page).locator("mark").first).to_be_visible()
    expect(page.get_by_role("navigation", name=said("Business lines", "zh"))).to_be_visible()
