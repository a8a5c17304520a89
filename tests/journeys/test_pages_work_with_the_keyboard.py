"""Nobody needs a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Visitor
from tests.fixtures.stack import Member
from tests.journeys.desk import (
    PATHS,
    RETURNS,
    answer,
    ask,
    citations,
    evidence,
    question_field,
    said,
    turns,
)

pytestmark = [pytest.mark.journey, pytest.mark.stack]


@pytest.fixture
def page(visitor: Visitor, administrator: Member) -> Page:
    return visitor.page(administrator, "en", PATHS["customer_service"])


def press_until_focused(page: Page, within: str, key: str = "Tab", at_most: int = 40) -> None:
    """Move on until the focus is on something that lies within `within`."""
    for _step in range(at_most):
        page.keyboard.press(key)
        if page.evaluate("where => Boolean(document.activeElement.closest(where))", within):
            return
    raise AssertionError(f"{key} does not reach {within}")


def test_a_question_is_written_and_sent_with_keys(page: Page) -> None:
    page.keyboard.press("/")
    expect(question_field(page, "en")).to_be_focused()
    page.keyboard.type(RETURNS["en"])
    page.keyboard.press("Control+Enter")
    expect(answer(page)).to_be_visible()
    expect(question_field(page, "en")).to_have_value("")
    page.keyboard.type("a/b")  # a slash inside the field is a slash
    expect(question_field(page, "en")).to_have_value("a/b")


def test_the_first_citation_is_reached_opened_and_closed(page: Page) -> None:
    ask(page, RETURNS["en"], "en")
    page.reload()
    expect(answer(page)).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=said("Skip to the content", "en"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    press_until_focused(page, "[data-copy-body]")
    first = citations(answer(page)).first
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(evidence(page, "en").locator("mark").first).to_be_visible()
    expect(evidence(page, "en").get_by_role("heading").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(evidence(page, "en").locator("mark").first).to_be_hidden()
    expect(first).to_be_focused()


def test_the_focus_is_always_seen(page: Page) -> None:
    """Every stop on the way through the page has an outline or a ring."""
    for _step in range(25):
        page.keyboard.press("Tab")
        bare = page.evaluate(
            """() => {
                const element = document.activeElement;
                if (element === document.body || element.tagName === "TEXTAREA") return "";
                const style = getComputedStyle(element);
                const shown = style.outlineStyle !== "none" || style.boxShadow !== "none";
                return shown ? "" : element.outerHTML.slice(0, 120);
            }"""
        )
        assert bare == ""


def test_a_menu_opens_and_closes_without_a_mouse(page: Page) -> None:
    press_until_focused(page, "details.menu summary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="简体中文")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="简体中文")).to_be_hidden()
    expect(turns(page)).to_have_count(0)
