"""An editor looks at what changed, says when a text is in force, goes back, and looks at hints."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Visitor
from tests.fixtures.stack import Member
from tests.journeys.console import DOCUMENTS, file, row, upload, wait_for
from tests.journeys.desk import PATHS, ask, said

pytestmark = [pytest.mark.journey, pytest.mark.stack, pytest.mark.slow]

BASES, HINTS = "/console/knowledge/knowledgebase/", "/console/hints/hint/"
TEXT = (
    "# 地毯清洗\n\n## 价格\n\n地毯上门清洗每平方米 {price} 元。\n\n"
    "## 预约\n\n地毯清洗请提前 {days} 天预约，由门店安排师傅上门。\n"
)
QUESTION = "地毯上门清洗每平方米多少钱？"


def _shown(page: Page, name: str) -> None:
    """With SUNMAO_SCREENSHOTS a picture of the page is kept, to be looked at."""
    folder = os.environ.get("SUNMAO_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"versions-{name}.png", full_page=True)


def _versions(page: Page) -> None:
    page.goto(BASES)
    row(page, "customer-service").get_by_role("link").first.click()
    _shown(page, "base")
    page.get_by_role("link", name=said("Versions", "zh"), exact=True).click()


@pytest.fixture
def page(visitor: Visitor, administrator: Member) -> Page:
    """A price list in two contents."""
    page = visitor.context(administrator).new_page()
    for price, days in ((10, 1), (15, 3)):
        upload(page, [file("地毯清洗.md", TEXT.format(price=price, days=days))])
        wait_for(page, "地毯清洗.md", said("Ready", "zh"))
    return page


def test_a_base_goes_back_and_answers_as_before(page: Page, visitor: Visitor, administrator: Member) -> None:
    _versions(page)
    _shown(page, "list")
    page.locator("tbody tr").first.get_by_role("link", name=said("What differs", "zh")).click()
    expect(page.locator("del").first).to_have_text("10")
    expect(page.locator("ins").first).to_have_text("15")
    _shown(page, "difference")
    page.go_back()
    page.locator("tbody tr").nth(1).get_by_role("link", name=said("Go back", "zh")).click()
    _shown(page, "restore")
    page.get_by_role("button").filter(has_text="1").last.click()
    expect(page.locator("tbody tr").first).to_contain_text(said("Rolled back", "zh"))
    _shown(page, "after")
    page.goto(PATHS["customer_service"])
    expect(ask(page, QUESTION)).to_contain_text("10 元")

    page.goto(DOCUMENTS)
    row(page, "地毯清洗.md").get_by_role("link").first.click()
    page.locator("input[name=effective_from]").first.fill("2026-01-01")
    page.get_by_role("button", name=said("Change", "zh"), exact=True).first.click()
    expect(page.locator("input[name=effective_from]").first).to_have_value("2026-01-01")
    _shown(page, "dates")

    for width, name in ((390, "phone"), (1440, "wide")):
        other = visitor.context(administrator, "en", width=width).new_page()
        _english(other, name)


def _english(page: Page, name: str) -> None:
    page.goto(BASES)
    row(page, "customer-service").get_by_role("link").first.click()
    page.get_by_role("link", name="Versions", exact=True).click()
    _shown(page, f"{name}-list")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    page.locator("tbody tr").nth(1).get_by_role("link", name="What differs").click()
    _shown(page, f"{name}-difference")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def test_what_differs_between_two_documents_is_shown_side_by_side(page: Page) -> None:
    upload(page, [file("门店服务.md", TEXT.replace("# 地毯清洗", "# 门店服务").format(price=12, days=3))])
    wait_for(page, "门店服务.md", said("Ready", "zh"))
    page.goto(BASES)
    row(page, "customer-service").get_by_role("link").first.click()
    page.locator("button[name=look]").click()
    for _again in range(60):
        page.goto(HINTS)
        if row(page, "15").count():
            break
        page.wait_for_timeout(500)
    _shown(page, "hints")
    row(page, "15").get_by_role("link").first.click()
    expect(page.locator("ins").last).to_have_text("12")
    _shown(page, "hint")
    page.get_by_role("button", name=said("Dismiss", "zh"), exact=True).click()
    expect(page.get_by_text(said("Dismissed", "zh")).first).to_be_visible()
