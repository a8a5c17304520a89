"""No default password: a link that works once, a password worth the name, then the ordinary way in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import PASSWORD, Member, Stack
from tests.journeys.desk import said, sign_in

pytestmark = [pytest.mark.journey, pytest.mark.stack]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_link_works_once_and_only_for_a_good_password(
    language: Language, visitor: Visitor, stack: Stack
) -> None:
    name = f"first-{language}"
    link = stack.invite(name, "knowledge_editor")
    page = visitor.page(language=language, path=link)
    expect(page.get_by_label(said("Username", language))).to_have_value(name)
    choose(page, language, "12345")
    expect(first_field(page, language)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("10").first).to_be_visible()
    choose(page, language, PASSWORD, "another plank of pear wood")
    expect(page.get_by_label(said("New password confirmation", language))).to_have_attribute(
        "aria-invalid", "true"
    )
    assert page.url == link
    choose(page, language, PASSWORD)
    page.wait_for_url("**/")
    expect(page.get_by_role("heading", level=1)).to_have_text(said("What are you working on?", language))

    visitor.expect("status of 410")
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text(said("This link no longer works", language))

    page.goto("/")
    page.locator("summary").filter(has_text=name).click()
    page.get_by_role("button", name=said("Sign out", language)).click()
    page.wait_for_url("**/sign-in/**")
    sign_in(page, name, "not the password", language)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label(said("Username", language))).to_have_value(name)
    sign_in(page, name, PASSWORD, language)
    page.wait_for_url("**/")
    expect(page.get_by_role("heading", level=1)).to_have_text(said("What are you working on?", language))


def test_the_printed_link_is_dead_once_it_was_used(
    visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    visitor.expect("status of 410")
    page = visitor.page(path=stack.first_run_url)
    expect(page.get_by_role("heading", level=1)).to_have_text(said("This link no longer works", "zh"))
    expect(page.get_by_label(said("New password", "zh"))).to_have_count(0)


def test_whoever_is_not_signed_in_is_asked_to_and_then_taken_where_they_wanted(
    visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    page = visitor.page(path="/medical/")
    page.wait_for_url("**/sign-in/?next=/medical/")
    sign_in(page, "administrator", PASSWORD, "zh")
    page.wait_for_url("**/medical/")


def first_field(page: Page, language: Language):
    return page.get_by_label(said("New password", language), exact=True)


def choose(page: Page, language: Language, password: str, again: str | None = None) -> None:
    first_field(page, language).fill(password)
    page.get_by_label(said("New password confirmation", language)).fill(again or password)
    page.get_by_role("button", name=said("Set the password and sign in", language)).click()
