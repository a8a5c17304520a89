"""axe finds nothing serious on any page, in either language, in light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member, Stack
from tests.journeys.desk import PATHS, RETURNS, UNKNOWN, ask, citations, evidence, said, send_too_much

pytestmark = [pytest.mark.journey, pytest.mark.stack]

GRAVE = ("serious", "critical")
axe = Axe()


def assert_accessible(page: Page, name: str) -> None:
    found = axe.run(page).response["violations"]
    grave = [
        f"{one['id']}: {one['help']}\n    " + "\n    ".join(node["html"][:160] for node in one["nodes"][:3])
        for one in found
        if one["impact"] in GRAVE
    ]
    assert not grave, f"{name} ({page.url})\n" + "\n".join(grave)


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "light"), ("zh", "dark")])
def test_pages_before_the_door(language: Language, scheme: str, visitor: Visitor, stack: Stack) -> None:
    visitor.expect("status of (404|410)")
    page = visitor.page(language=language, color_scheme=scheme)
    page.goto("/sign-in/")
    assert_accessible(page, "sign-in")
    page.get_by_role("button", name=said("Sign in", language), exact=True).click()
    expect(page.locator("[aria-invalid]").first).to_be_visible()
    assert_accessible(page, "sign-in with errors")
    link = stack.invite(f"axe-{language}-{scheme}", "end_user")
    page.goto(link)
    assert_accessible(page, "first run")
    page.get_by_role("button", name=said("Set the password and sign in", language)).click()
    assert_accessible(page, "first run with errors")
    page.goto("/first-run/nonsense/")
    assert_accessible(page, "dead link")
    page.goto("/no-such-page/")
    assert_accessible(page, "not found")


@pytest.mark.parametrize(("language", "scheme"), [("zh", "light"), ("en", "light"), ("zh", "dark")])
def test_pages_behind_the_door(
    language: Language, scheme: str, visitor: Visitor, administrator: Member
) -> None:
    visitor.expect("status of 413|Error Code 413")
    page = visitor.page(administrator, language, "/", color_scheme=scheme)
    assert_accessible(page, "home")
    page.goto(PATHS["medical"])
    assert_accessible(page, "empty")
    warned = {"zh": "父亲突然口角歪斜、说话不清，怎么办？", "en": "Sudden drooping face and slurred speech"}
    ask(page, warned[language], language)
    assert_accessible(page, "with a finding")
    page.goto(PATHS["customer_service"])
    ask(page, UNKNOWN[language], language)
    assert_accessible(page, "unanswered")
    given = ask(page, RETURNS[language], language)
    given.locator("summary").last.click()
    citations(given).first.click()
    expect(evidence(page, language).locator("mark").first).to_be_visible()
    assert_accessible(page, "answered")
    send_too_much(page, language)
    assert_accessible(page, "with an error")
    page.goto(citations(given).first.get_attribute("href") or "")
    assert_accessible(page, "passage")
    page.get_by_role("link", name=said("Read it in the document", language)).click()
    assert_accessible(page, "document")
