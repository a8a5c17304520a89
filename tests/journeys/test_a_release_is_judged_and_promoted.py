"""In the console: a suite, a candidate that its gate judges, promotion, and the way back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member
from tests.journeys.desk import UNKNOWN, said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

SUITES, RELEASES = "/console/evaluation/suite/", "/console/releases/release/"
DEADLINE = {"kind": "contains", "any": ["七日", "七天", "7"]}
CASES = {
    "zh": {"input": {"question": "无理由退货要在几天内提出？"}, "checks": [DEADLINE]},
    "en": {"input": {"question": UNKNOWN["en"]}, "checks": [{"kind": "refusal", "expected": True}]},
}


@pytest.mark.parametrize(("language", "width", "task"), [
    ("zh", 1440, "customer_service"), ("en", 390, "medical"),
])  # fmt: skip
def test_a_release_is_judged_promoted_and_rolled_back(
    visitor: Visitor, administrator: Member, language: Language, width: int, task: str
) -> None:
    page = visitor.context(administrator, language, width=width).new_page()

    def press(name: str) -> None:
        page.get_by_role("button", name=said(name, language), exact=True).first.click()

    page.goto(SUITES)
    made = page.locator("form").filter(has_text=said("Make a suite", language))
    made.get_by_label(said("Title", language), exact=True).fill(f"Basics {language}")
    page.get_by_label(said("Name in addresses", language)).fill(f"basics-{language}")
    page.locator("select[name=task]").select_option(f"{task}.ask")
    press("Make the suite")
    _shown(page, f"suites-{language}-{width}")
    page.get_by_role("link", name=f"Basics {language}").first.click()
    lines = page.get_by_label(said("Add cases, one JSON object a line", language))
    lines.fill(json.dumps(CASES[language], ensure_ascii=False))
    press("Add the cases")
    _shown(page, f"suite-{language}-{width}")

    page.goto(f"{RELEASES}?vertical__exact={task}&state__exact=serving")
    page.get_by_role("row").filter(has_text="#").get_by_role("link").first.click()
    page.get_by_label(said("A second person approves before a release serves", language)).uncheck()
    press("Change the rules")
    page.get_by_label(said("Passages to read", language)).fill("4")
    page.get_by_label(said("What it is for", language)).fill("Reads four passages")
    press("Make the candidate")
    press("Have the gate judge it")
    for _again in range(120):
        if page.get_by_text(said("The gate passed it", language)).count():
            break
        assert not page.get_by_text(said("The gate failed it", language)).count(), page.content()
        page.wait_for_timeout(500)
        page.reload()
    _shown(page, f"release-judged-{language}-{width}")
    press("Let it serve")
    expect(page.get_by_text(said("promoted", language)).first).to_be_visible()
    _shown(page, f"release-serving-{language}-{width}")
    candidate = page.url

    page.goto(f"{RELEASES}?vertical__exact={task}&state__exact=retired")
    _shown(page, f"releases-{language}-{width}")
    page.get_by_role("row").filter(has_text="#").get_by_role("link").first.click()
    press("Roll back to this release")
    expect(page.get_by_text(said("rolled back", language)).first).to_be_visible()
    page.goto(candidate)
    expect(page.get_by_role("button", name=said("Roll back to this release", language))).to_be_visible()
    page.goto("/console/evaluation/run/")
    _shown(page, f"evaluations-{language}-{width}")
    page.get_by_role("row").filter(has_text=f"Basics {language}").get_by_role("link").first.click()
    _shown(page, f"evaluation-{language}-{width}")


def _shown(page: Page, name: str) -> None:
    """With SUNMAO_SCREENSHOTS a picture of the page is kept, to be looked at."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    folder = os.environ.get("SUNMAO_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
