"""Everything works with forms and links alone, only less comfortably."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Visitor
from tests.fixtures.stack import Member
from tests.journeys.desk import PATHS, RETURNS, answer, citations, said, send, turns

pytestmark = [pytest.mark.journey, pytest.mark.stack]


@pytest.fixture
def page(visitor: Visitor, administrator: Member) -> Page:
    return visitor.page(administrator, "zh", PATHS["customer_service"], java_script_enabled=False)


def reload_until_answered(page: Page) -> None:
    for _again in range(40):
        if answer(page).count():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(answer(page)).to_be_visible()


def test_a_question_is_answered_after_a_reload(page: Page) -> None:
    send(page, RETURNS["zh"])
    page.wait_for_url("**/conversations/**")
    expect(turns(page).last.get_by_role("heading", name=RETURNS["zh"])).to_be_visible()
    reload_until_answered(page)
    citations(answer(page)).first.click()
    expect(page.get_by_role("main").locator("mark").first).to_be_visible()
    page.get_by_role("link", name=said("Read it in the document", "zh")).click()
    expect(page.get_by_role("main").locator("mark").first).to_be_visible()


def test_an_example_is_a_button_of_the_form(page: Page) -> None:
    page.locator("[data-example]").first.click()
    page.wait_for_url("**/conversations/**")
    reload_until_answered(page)
    expect(turns(page)).to_have_count(1)
    send(page, "刚买完就降价了，差价能退吗？")
    expect(turns(page)).to_have_count(2)


def test_an_answer_can_be_rated(page: Page) -> None:
    send(page, RETURNS["zh"])
    reload_until_answered(page)
    thumb = answer(page).get_by_role("button", name=said("This helped", "zh"), exact=True)
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")


def test_an_empty_question_gets_a_page_that_says_so(page: Page, visitor: Visitor) -> None:
    visitor.expect("status of 400")
    send(page, " ")
    expect(page.get_by_role("main")).to_contain_text("empty_input")
