"""How a person uses a work page: by what is written on it, in either language."""

from __future__ import annotations

import re

from django.utils import translation
from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import Language

CODES: dict[Language, str] = {"zh": "zh-hans", "en": "en"}
PATHS = {
    "customer_service": "/customer-service/",
    "medical": "/medical/",
    "investment_advisory": "/investment-advisory/",
    "contract_review": "/contract-review/handbook/",
}
RETURNS: dict[Language, str] = {
    "zh": "收到沙发第五天，没有质量问题可以退吗，运费谁出？",
    "en": "My sofa arrived five days ago and is not faulty. Can I return it, and who pays for shipping?",
}
UNKNOWN: dict[Language, str] = {
    "zh": "火星上今年的葡萄收成如何？",
    "en": "Who won the chess championship on Mars?",
}
NOT_FOUND: dict[Language, str] = {"zh": "未查询到相关知识", "en": "No relevant knowledge was found"}


def said(text: str, language: Language) -> str:
    """A text of the interface as a reader of that language sees it."""
    with translation.override(CODES[language]):
        return translation.gettext(text)


def turns(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("article")


def answer(page: Page) -> Locator:
    """The finished answer to the last question."""
    return turns(page).last.locator("[data-answer]")


def question_field(page: Page, language: Language) -> Locator:
    return page.get_by_role("textbox", name=said("Your question", language))


def send(page: Page, question: str, language: Language = "zh") -> None:
    question_field(page, language).fill(question)
    page.get_by_role("button", name=said("Send", language), exact=True).click()


def ask(page: Page, question: str, language: Language = "zh") -> Locator:
    """Ask and wait for the finished answer."""
    before = turns(page).count()
    send(page, question, language)
    expect(turns(page)).to_have_count(before + 1)
    expect(answer(page)).to_be_visible()
    return answer(page)


def citations(within: Locator) -> Locator:
    """The numbers in the text of an answer."""
    return within.locator("[data-copy-body]").get_by_role("link")


def evidence(page: Page, language: Language = "zh") -> Locator:
    return page.get_by_role("region", name=said("Evidence", language), exact=True)


def plain(text: str) -> str:
    """Without white space, so that line breaks on the page do not matter."""
    return re.sub(r"\s+", "", text)


def sign_in(page: Page, name: str, password: str, language: Language) -> None:
    page.get_by_label(said("Username", language)).fill(name)
    page.get_by_label(said("Password", language), exact=True).fill(password)
    page.get_by_role("button", name=said("Sign in", language), exact=True).click()


def send_too_much(page: Page, language: Language) -> Locator:
    """A hundred thousand characters, past the limit that the field itself has; gives the error."""
    field = question_field(page, language)
    field.evaluate("area => { area.removeAttribute('maxlength'); area.value = '长'.repeat(100000); }")
    page.get_by_role("button", name=said("Send", language), exact=True).click()
    fault = page.locator("[data-fault], .fault").last
    expect(fault).to_be_visible()
    return fault
