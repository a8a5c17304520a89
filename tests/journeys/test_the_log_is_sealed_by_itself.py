"""The running product seals its log within seconds; an auditor sees it, the shell verifies it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Visitor
from tests.fixtures.stack import Member, Stack, eventually
from tests.journeys.shell import json_of, many

pytestmark = [pytest.mark.journey, pytest.mark.stack]

LOG = "/console/audit/entry/"


def _heads(stack: Stack) -> list[dict[str, object]]:
    (told,) = many(stack, [("audit", "head", "--json")])
    found: list[dict[str, object]] = json_of(told)["heads"]
    return found


def _last_entry(stack: Stack) -> int:
    return max((int(str(head["last"])) for head in _heads(stack)), default=0)


def test_what_happens_is_sealed_within_seconds(stack: Stack, administrator: Member) -> None:
    before = _last_entry(stack)
    stack.api_key("a key that the log tells of")
    assert eventually(lambda: _last_entry(stack) > before, seconds=20)
    told = json.loads(stack.manage("audit", "verify", "--json").stdout)["organisations"][0]
    assert (told["sound"], told["problems"]) == (True, [])
    assert told["entries"] >= before


def test_an_auditor_finds_who_made_the_key(stack: Stack, administrator: Member, visitor: Visitor) -> None:
    stack.api_key("a key of the journey")
    page = visitor.page(administrator, "en", f"{LOG}?verb=key.created")
    expect(page.get_by_text("Sealed until").first).to_be_visible()
    row = page.get_by_role("row").filter(has_text="API key made").first
    expect(row).to_contain_text("administrator")
    row.get_by_role("link").first.click()
    expect(page.get_by_text("What changed").first).to_be_visible()
    expect(page.get_by_text("place in the chain", exact=False).first).to_be_visible()


def test_a_clicked_export_verifies_without_the_database(
    stack: Stack, administrator: Member, visitor: Visitor
) -> None:
    page = visitor.page(administrator, "en", LOG)
    with page.expect_download() as started:
        page.get_by_role("button", name="Export: JSON lines with proof").click()
    key = str(_heads(stack)[0]["public_key"])
    checked = stack.manage("audit", "verify", "--file", str(started.value.path()), "--key", key)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_shell_exports_what_the_guide_says(stack: Stack, administrator: Member, tmp_path: Path) -> None:
    stack.api_key("a key that the export tells of")
    lines, table = tmp_path / "audit.jsonl", tmp_path / "keys.csv"
    wrote = stack.manage("audit", "export", "--as", "administrator", "--out", str(lines))
    assert wrote.returncode == 0, wrote.stderr
    checked = stack.manage("audit", "verify", "--file", str(lines))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    wrote = stack.manage(
        "audit", "export", "--as", "administrator", "--format", "csv", "--since", "2026-01-01",
        "--verb", "key.*", "--out", str(table),
    )  # fmt: skip
    assert wrote.returncode == 0, wrote.stderr
    told = list(csv.DictReader(table.open(encoding="utf-8")))
    assert told
    assert {row["verb"].partition(".")[0] for row in told} == {"key"}
