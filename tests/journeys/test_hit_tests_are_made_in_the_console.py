"""An administrator tries a question, keeps it as a case, runs a file, and sorts unanswered questions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member
from tests.journeys.console import file
from tests.journeys.desk import PATHS, UNKNOWN, ask, said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

TRY, RUNS, UNANSWERED = "/console/trials/case/try/", "/console/trials/run/", "/console/mining/cluster/"
ASKED: dict[Language, str] = {"zh": "无理由退货要在几天内提出？", "en": "How long is the warranty on a sofa?"}

RULES: dict[Language, str] = {
    "zh": "禾木家居退换货与退款规则",
    "en": "Hemu Home: warranty and repair",
}


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_a_question_is_tried_kept_and_run(
    visitor: Visitor, administrator: Member, language: Language, width: int
) -> None:
    page = visitor.context(administrator, language, width=width).new_page()
    page.goto(TRY)
    page.get_by_role("textbox", name=said("Question", language)).fill(ASKED[language])
    for box in page.get_by_role("checkbox").all():
        box.set_checked("customer" in (box.get_attribute("value") or ""))
    page.get_by_role("button", name=said("Try it", language), exact=True).click()
    expect(page.get_by_role("heading", name=said("What was found", language))).to_be_visible()
    _shown(page, f"try-{language}-{width}")
    page.get_by_role("button", name=said("Expect this", language)).first.click()
    expect(page.get_by_text(said("expected", language), exact=True).first).to_be_visible()

    page.goto(RUNS)
    lines = f"{ASKED[language]},{RULES[language]}\n{UNKNOWN[language]}\nWhy?,nowhere.md\n"
    page.get_by_role("combobox").first.select_option("customer-service")
    page.locator("input[type=file]").set_input_files([file(f"{language}.csv", lines)])
    page.get_by_role("button", name=said("Run the file", language)).click()
    page.wait_for_timeout(1_500)
    page.goto(RUNS)
    _shown(page, f"runs-{language}-{width}")
    page.get_by_role("link", name=f"{language}.csv").first.click()
    expect(page.get_by_text(ASKED[language]).first).to_be_visible()
    _shown(page, f"run-{language}-{width}")


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_unanswered_questions_are_sorted(
    visitor: Visitor, administrator: Member, language: Language, width: int
) -> None:
    page = visitor.context(administrator, language, width=width).new_page()
    page.goto(PATHS["customer_service"])
    ask(page, UNKNOWN[language], language)
    page.goto(UNANSWERED)
    page.get_by_role("button", name=said("Put them together anew", language)).click()
    for _again in range(30):
        page.goto(UNANSWERED)
        if page.get_by_role("link", name=UNKNOWN[language][:20]).count():
            break
        page.wait_for_timeout(500)
    _shown(page, f"unanswered-{language}-{width}")
    page.get_by_role("link", name=UNKNOWN[language][:20]).first.click()
    expect(page.get_by_role("button", name=said("Planned", language))).to_be_visible()
    _shown(page, f"cluster-{language}-{width}")
    page.get_by_role("button", name=said("Planned", language)).click()
    expect(page.get_by_role("button", name=said("Planned", language))).to_have_attribute(
        "aria-pressed", "true"
    )


def _shown(page: Page, name: str) -> None:
    """With SUNMAO_SCREENSHOTS a picture of the page is kept, to be looked at."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    folder = os.environ.get("SUNMAO_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
