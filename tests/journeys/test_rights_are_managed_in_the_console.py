"""An administrator gives a narrow role, makes a role of ticked boxes, a team, a limit, and renews a key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.console import KEYS, message
from tests.journeys.desk import said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

ACCESS = "/console/accounts/"


def _press(page: Page, text: str) -> None:
    page.get_by_role("button", name=said(text, "zh"), exact=True).click()


def test_a_role_is_made_and_given_for_one_base(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(f"{ACCESS}role/add/")
    page.locator("input[name=slug]").fill("librarian")
    page.locator("input[name=name]").fill("资料员")
    page.locator("input[value='knowledge.document.upload']").check()
    page.locator("input[value='knowledge.document.read']").check()
    _press(page, "Save")
    expect(page.get_by_text("资料员").first).to_be_visible()

    page.goto(f"{ACCESS}membership/")
    page.get_by_role("row").filter(has_text="administrator").get_by_role("link").first.click()
    page.get_by_text(said("Give a role", "zh"), exact=True).click()
    page.locator("select[name=given-role]").select_option("librarian")
    page.locator("input[name=given-bases]").first.check()
    _press(page, "Give the role")
    expect(message(page, said("The role was given.", "zh"))).to_be_visible()
    given = page.get_by_role("row").filter(has_text="资料员")
    expect(given).to_be_visible()
    page.get_by_text(said("What this person may do", "zh")).click()
    expect(page.get_by_text(said("Appoint and dismiss owners", "zh"))).to_be_visible()
    given.get_by_role("button").click()
    expect(message(page, said("The role was taken.", "zh"))).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="资料员")).to_have_count(0)


def test_a_team_a_limit_and_a_renewed_key(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(f"{ACCESS}team/add/")
    page.locator("input[name=name]").fill("夜班")
    _press(page, "Save")
    page.get_by_role("link", name="夜班").click()
    _press(page, "Put into the team")
    expect(page.locator("button[name=leave]")).to_have_count(1)

    page.goto(f"{ACCESS}quota/add/")
    page.locator("select[name=target]").select_option("person")
    page.locator("select[name=period]").select_option("day")
    page.locator("input[name=limit]").fill("5000")
    _press(page, "Save")
    expect(page.get_by_role("row").filter(has_text="5000")).to_be_visible()

    page.goto(f"{KEYS}add/")
    page.get_by_label(said("name", "zh")).first.fill("夜班小程序")
    page.get_by_role("button", name=said("Save", "zh"), exact=True).click()
    page.goto(KEYS)
    page.get_by_role("link", name="夜班小程序").first.click()
    _press(page, "Renew the secret")
    expect(page.locator("body")).to_contain_text(re.compile(r"sm_[\w-]{43}"))
    page.reload()
    assert not re.search(r"sm_[\w-]{43}", page.content())
