"""How an administrator uses the console."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.journeys.desk import said

DOCUMENTS = "/console/knowledge/document/"
KEYS = "/console/accounts/apikey/"
RECORDS = "/console/answering/answerrecord/"


def file(name: str, content: bytes | str) -> FilePayload:
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def upload(page: Page, files: Sequence[FilePayload], *, base: str = "客户服务") -> None:
    page.goto(f"{DOCUMENTS}add/")
    select = page.get_by_role("combobox")
    value = select.locator("option").filter(has_text=base).get_attribute("value")
    select.select_option(value=value)
    page.locator("input[type=file]").set_input_files(list(files))
    page.get_by_role("button", name=said("Add documents", "zh")).click()
    page.wait_for_url(f"**{DOCUMENTS}")


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


def wait_for(page: Page, name: str, state: str) -> Locator:
    """Reload the list until a document has come to a state."""
    for _again in range(60):
        if row(page, name).filter(has_text=state).count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(row(page, name)).to_contain_text(state)
    return row(page, name)


def message(page: Page, text: str) -> Locator:
    return page.get_by_text(text).first


def press_in_detail(page: Page, name: str, button: str) -> None:
    """Open a document's page and press one of its buttons."""
    row(page, name).get_by_role("link").first.click()
    page.get_by_role("button", name=button, exact=True).click()
