"""An editor sends an archive, sees what became of each file inside, and removes it with or without them."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Visitor
from tests.fixtures.stack import Member
from tests.journeys.console import DOCUMENTS, file, row, upload, wait_for
from tests.sunmao.knowledge.text import files

pytestmark = [pytest.mark.journey, pytest.mark.stack]

PACKED = files.zipped(
    {
        "care/linen.md": b"# Bed linen\n\nWash bed linen at sixty degrees.",
        "care/oak.md": b"# Oak\n\nWipe oak with a dry cloth.",
        "locked.pdf": files.pdf("abc", encrypted=True),
    }
)


def test_it_shows_its_files_and_is_removed_without_them(visitor: Visitor, administrator: Member) -> None:
    page = visitor.context(administrator, "zh").new_page()
    upload(page, [file("care.zip", PACKED)])
    english = visitor.context(administrator, "en").new_page()
    english.goto(DOCUMENTS)
    wait_for(english, "care.zip/care/oak.md", "Ready")
    row(english, "files inside").get_by_role("link").first.click()
    expect(english.get_by_role("heading", name="3 files inside")).to_be_visible()
    expect(row(english, "locked.pdf")).to_contain_text("encrypted_file")
    page.goto(english.url)
    _shown(english, "en")
    _shown(page, "zh")
    page.set_viewport_size({"width": 390, "height": 844})
    _shown(page, "phone")
    row(english, "care/oak.md").get_by_role("link").first.click()
    expect(english.get_by_text("Inside another document")).to_be_visible()
    english.go_back()
    english.get_by_role("button", name="Remove, keep what is inside").click()
    english.wait_for_url(f"**{DOCUMENTS}")
    expect(row(english, "care.zip/care/oak.md")).to_be_visible()
    expect(row(english, "files inside")).to_have_count(0)


def _shown(page: Page, name: str) -> None:
    if folder := os.environ.get("SUNMAO_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/archive.{name}.png", full_page=True)
