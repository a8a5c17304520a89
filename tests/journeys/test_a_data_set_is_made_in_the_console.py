"""In the console: a set, a file that is looked at first, steps, annotation with keys, the frozen version."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member
from tests.journeys.console import file

pytestmark = [pytest.mark.journey, pytest.mark.stack, pytest.mark.slow]

SETS = "/console/datasets/dataset/"
WORDS = ("refund", "delivery", "warranty", "退款", "保修")


def lines(count: int) -> str:
    said = [
        {"text": f"{WORDS[n % 5]} of order {n * 7919}: what now?", "label": WORDS[n % 5]}
        for n in range(count)
    ]
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in said)


@pytest.mark.parametrize(("language", "width"), [("zh", 1440), ("en", 390)])
def test_a_set_is_imported_prepared_annotated_and_frozen(
    visitor: Visitor, administrator: Member, language: Language, width: int
) -> None:
    page = visitor.context(administrator, language, width=width).new_page()
    page.goto(SETS)
    page.locator("input[name=title]").fill(f"Intents {language}")
    page.locator("input[name=slug]").fill(f"intents-{language}")
    page.locator("select[name=kind]").select_option("classification")
    page.locator("button[name=create]").click()
    _shown(page, f"sets-{language}-{width}")
    page.get_by_role("link", name=f"Intents {language}").first.click()
    home = page.url

    page.goto(f"{home.removesuffix('change/')}import/")
    page.set_input_files("input[type=file]", [file("wrong.jsonl", lines(3) + '\n{"text": 3}\n')])
    page.locator("button[name=preview]").click()
    expect(page.locator(".set-wrong")).to_contain_text("4")
    _shown(page, f"set-import-{language}-{width}")
    page.set_input_files("input[type=file]", [file("good.jsonl", lines(80))])
    page.locator("button[name=import]").click()
    _until(page, home, ".set-figures dd:has-text('80')")

    for step in ("clean", "mask", "split", "check"):
        page.locator(f"button[value={step}]").click()
        page.wait_for_load_state()
        _done(page, home)
    _shown(page, f"set-{language}-{width}")

    page.goto(f"{home.removesuffix('change/')}annotate/")
    _shown(page, f"annotate-{language}-{width}")
    first = page.locator("input[name=row]").get_attribute("value")
    page.keyboard.press("a")
    expect(page.locator(f"input[name=row][value='{first}']")).to_have_count(0)
    field = page.locator("textarea").first
    field.fill("how may I get a refund?")
    field.press("Control+Enter")
    page.wait_for_load_state()
    page.keyboard.press("r")
    page.wait_for_load_state()

    page.goto(home)
    for step in ("mask", "check"):
        page.locator(f"button[value={step}]").click()
        page.wait_for_load_state()
        _done(page, home)
    page.locator("button[name=freeze]").click()
    page.locator(".versions a").first.click()
    expect(page.locator("button[name=refuse]")).to_be_visible()
    expect(page.locator("button[name=approve]")).to_have_count(0)
    _shown(page, f"set-version-{language}-{width}")
    page.goto("/console/datasets/row/")
    _shown(page, f"examples-{language}-{width}")
    page.locator("#result_list a, table a").first.click()
    _shown(page, f"example-{language}-{width}")


def _until(page: Page, home: str, selector: str) -> None:
    for _again in range(60):
        page.goto(home)
        if page.locator(selector).count():
            return
        page.wait_for_timeout(500)
    expect(page.locator(selector).first).to_be_visible()


def _done(page: Page, home: str) -> None:
    """The step that was begun last has ended."""
    newest = page.locator(".set-log > li").first
    for _again in range(60):
        if "%" not in newest.locator(".set-tag").first.inner_text():
            return
        page.wait_for_timeout(500)
        page.goto(home)
    pytest.fail(newest.inner_text())


def _shown(page: Page, name: str) -> None:
    """With SUNMAO_SCREENSHOTS a picture of the page is kept, to be looked at."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    folder = os.environ.get("SUNMAO_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
