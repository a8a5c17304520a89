"""At 390 pixels the three places are tabs, and nothing is wider than the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member, Stack
from tests.journeys.desk import PATHS, RETURNS, UNKNOWN, answer, ask, citations, evidence, said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

PHONE = 390
CONSOLE = (
    "",
    "knowledge/document/",
    "knowledge/document/add/",
    "knowledge/knowledgebase/",
    "answering/answerrecord/",
    "audit/entry/",
    "accounts/apikey/add/",
    "accounts/membership/",
    "accounts/role/add/",
    "accounts/quota/add/",
    "signin/invitation/",
    "guards/personaldatapolicy/add/",
    "knowledge/passage/",
    "core/personkey/",
)
OPENED = ("audit/entry/", "accounts/membership/", "accounts/role/", "knowledge/document/")


def assert_fits(page: Page) -> None:
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > screen:
        culprits = page.evaluate(
            """width => Array.from(document.querySelectorAll("body *"))
                .filter(one => one.getBoundingClientRect().right > width + 1)
                .map(one => one.outerHTML.slice(0, 100)).slice(0, 5)""",
            screen,
        )
        raise AssertionError(f"{page.url}: {wide} > {screen}\n" + "\n".join(culprits))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_is_wider_than_a_phone(
    language: Language, visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    visitor.expect("status of (404|410)")
    guest = visitor.page(language=language, width=PHONE)
    for path in ("/sign-in/", stack.first_run_url):
        guest.goto(path)
        assert_fits(guest)
    page = visitor.page(administrator, language, "/", width=PHONE)
    assert_fits(page)
    page.goto("/no-such-page/")
    assert_fits(page)
    for path in ("", "app/", "passkey/", "password/", "organisation/"):
        page.goto(f"/account/{path}")
        assert_fits(page)
    for path in PATHS.values():
        page.goto(path)
        assert_fits(page)
    page.goto(PATHS["customer_service"])
    ask(page, UNKNOWN[language], language)
    given = ask(page, RETURNS[language], language)
    assert_fits(page)
    passage = citations(given).first.get_attribute("href") or ""
    page.goto(passage)
    assert_fits(page)
    page.get_by_role("link", name=said("Read it in the document", language)).click()
    assert_fits(page)


def test_no_page_of_the_console_is_wider_than_a_phone(visitor: Visitor, administrator: Member) -> None:
    page = visitor.page(administrator, "zh", width=PHONE)
    for path in CONSOLE:
        page.goto(f"/console/{path}")
        assert_fits(page)
    for path in OPENED:
        page.goto(f"/console/{path}")
        first = page.locator("#result_list tbody").get_by_role("link").first
        page.goto(first.get_attribute("href") or "")
        assert_fits(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_three_places_are_tabs(language: Language, visitor: Visitor, administrator: Member) -> None:
    page = visitor.page(administrator, language, PATHS["customer_service"], width=PHONE)
    tabs = page.get_by_role("tablist").get_by_role("tab")
    expect(tabs).to_have_count(3)
    given = ask(page, RETURNS[language], language)
    citations(given).first.click()
    mark = evidence(page, language).locator("mark").first
    expect(mark).to_be_visible()
    expect(given).to_be_hidden()
    expect(tabs.filter(has_text=said("Evidence", language))).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name=said("Back to the answer", language)).click()
    expect(given).to_be_visible()
    expect(mark).to_be_hidden()
    tabs.filter(has_text=said("Conversations", language)).click()
    listed = page.get_by_role("tabpanel").get_by_role("link", name=RETURNS[language])
    expect(listed.first).to_be_visible()
    listed.first.click()
    expect(answer(page)).to_be_visible()


def test_the_menu_of_a_phone_leads_everywhere(visitor: Visitor, administrator: Member) -> None:
    page = visitor.page(administrator, "zh", "/", width=PHONE)
    page.get_by_role("button", name=said("Menu", "zh")).click()
    page.get_by_role("navigation", name=said("Business lines", "zh")).get_by_role("link").nth(1).click()
    page.wait_for_url("**/medical/")
