"""In the console: many questions are asked, people rate the answers blind with keys, the round is closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member
from tests.journeys.desk import RETURNS, UNKNOWN, said

pytestmark = [pytest.mark.journey, pytest.mark.stack, pytest.mark.slow]

SUITES, RUNS, RATING = "/console/evaluation/suite/", "/console/evaluation/run/", "/console/judging/item/"


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_answers_are_rated_and_counted(
    visitor: Visitor, administrator: Member, language: Language, width: int
) -> None:
    page = visitor.context(administrator, language, width=width).new_page()
    title = f"Friday {language}"

    def press(name: str) -> None:
        page.get_by_role("button", name=said(name, language), exact=True).first.click()

    # given two evaluations of the same questions
    page.goto(SUITES)
    form = page.locator("form", has=page.locator("input[type=file]"))
    form.locator("input[name=title]").fill(title)
    form.locator("select[name=release]").select_option(
        form.locator("select[name=release] option").first.get_attribute("value") or ""
    )
    lines = f"{RETURNS[language]}\n{UNKNOWN[language]}\n"
    form.locator("input[type=file]").set_input_files(
        {"name": "questions.txt", "mimeType": "text/plain", "buffer": lines.encode()}
    )
    press("Ask them all")
    _shown(page, f"rating-suites-{language}-{width}")
    page.get_by_role("link", name=title).first.click()
    suite = page.url
    press("Measure it")
    for _again in range(120):
        page.goto(suite)
        if page.get_by_text("100.0 %").count() >= 2:
            break
        page.wait_for_timeout(500)
    _shown(page, f"rating-suite-{language}-{width}")

    # when somebody opens a round of the newer against the older
    page.goto(RUNS)
    page.get_by_role("row").filter(has_text=title).get_by_role("link").first.click()
    evaluation = page.url
    ask = page.locator("form", has=page.locator("select[name=against]"))
    ask.locator("input[name=title]").fill(f"Pairs {language}")
    ask.locator("select[name=against]").select_option(index=1)
    press("Open the round")
    _shown(page, f"rating-evaluation-{language}-{width}")

    # then the rater sees two answers and no release, and keys are enough
    page.goto(RATING)
    _shown(page, f"rating-waiting-{language}-{width}")
    page.get_by_role("link", name=said("Begin to rate", language)).first.click()
    expect(page.locator("article")).to_have_count(2)
    _shown(page, f"rating-sheet-{language}-{width}")
    for _item in range(2):
        before = page.url
        page.locator("body").press("2")
        expect(page.locator("input[value=second]")).to_be_checked()
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, known=before: url != known)  # type: ignore[misc]
    expect(page.get_by_text(said("You have rated all of it.", language)).first).to_be_visible()

    # and the figures stand with the round
    page.goto(evaluation)
    page.get_by_role("link", name=f"Pairs {language}").click()
    press("Close the round and count")
    expect(page.get_by_text(said("What people think", language))).to_be_visible()
    _shown(page, f"rating-round-{language}-{width}")
    page.goto("/console/judging/judge/")
    _shown(page, f"rating-judges-{language}-{width}")
    page.goto(evaluation)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="XLSX", exact=True).click()
    assert waiting.value.suggested_filename.endswith(".xlsx")


def _shown(page: Page, name: str) -> None:
    """With SUNMAO_SCREENSHOTS a picture of the page is kept, to be looked at."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth"), name
    folder = os.environ.get("SUNMAO_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
