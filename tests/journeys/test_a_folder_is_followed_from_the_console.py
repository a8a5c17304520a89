"""An editor adds a folder in the console, sees what became of each file, and looks again after a change."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Visitor
from tests.fixtures.stack import Member, Stack
from tests.journeys.console import DOCUMENTS, row

pytestmark = [pytest.mark.journey, pytest.mark.stack]

SOURCES = "/console/sources/source/"
BED = "# Bed linen\n\n## Washing\n\nWash bed linen at sixty degrees.\n"
LATER = "# Bed linen\n\n## Washing\n\nWash bed linen at forty degrees.\n"


@pytest.fixture
def folder(stack: Stack) -> Iterator[Path]:
    made = stack.home / "watched" / "guides"
    made.mkdir(parents=True)
    (made / "bed linen.md").write_text(BED)
    (made / "broken.docx").write_bytes(b"PK\x03\x04 this is no document")
    (made / "film.mp4").write_bytes(b"\0" * 10)
    yield made
    shutil.rmtree(made)


def test_a_folder_is_added_and_followed(visitor: Visitor, administrator: Member, folder: Path) -> None:
    page = visitor.context(administrator, "en").new_page()
    page.goto(f"{SOURCES}add/")
    _shown(page, "form")
    page.get_by_label("Base").select_option(index=1)
    page.get_by_label("Kind").select_option("folder")
    page.get_by_label("Address").fill(str(folder))
    page.get_by_role("button", name="Add and look").click()
    page.wait_for_url(f"**{SOURCES}")
    _wait(page, "Partly taken", "Everything taken")
    _shown(page, "list")

    row(page, str(folder)[:30]).get_by_role("link").first.click()
    _wait(page, "corrupt_file")
    expect(row(page, "bed linen.md")).to_contain_text("Ready")
    expect(row(page, "film.mp4")).to_contain_text("unsupported_type")
    _shown(page, "detail")
    page.set_viewport_size({"width": 390, "height": 844})
    _shown(page, "detail.phone")
    page.set_viewport_size({"width": 1440, "height": 900})

    (folder / "bed linen.md").write_text(LATER)
    page.get_by_role("button", name="Look now").click()
    _wait(page, "changed 1")
    page.goto(DOCUMENTS)
    expect(page.get_by_text("corrupt_file").first).to_be_visible()
    _shown(page, "documents")
    page.get_by_role("button", name="Try all that failed again").click()
    expect(page.get_by_text("being read again").first).to_be_visible()

    page.goto(SOURCES)
    row(page, str(folder)[:30]).get_by_role("link").first.click()
    page.get_by_text("Remove this source").click()
    page.get_by_label("Remove its documents from the base as well").check()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.goto(SOURCES)
    for _again in range(60):
        if not row(page, str(folder)[:30]).count():
            break
        page.wait_for_timeout(500)
        page.goto(SOURCES)
    page.goto(DOCUMENTS)
    expect(row(page, "bed linen.md")).to_have_count(0)


def _wait(page: Page, *texts: str) -> None:
    for _again in range(60):
        if any(page.get_by_text(text).count() for text in texts):
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text(texts[0]).first).to_be_visible()


def _shown(page: Page, name: str) -> None:
    """With SUNMAO_SCREENSHOTS a picture of the page is kept, to be looked at."""
    if folder := os.environ.get("SUNMAO_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"sources.{name}.png", full_page=True)
