"""Workers die, connections break, people paste whole books: each is said clearly, and the question stays."""

from __future__ import annotations

import socket
import time

import httpx
import psutil
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member, Stack, eventually, unread
from tests.journeys.desk import (
    PATHS,
    RETURNS,
    answer,
    ask,
    question_field,
    said,
    send,
    send_too_much,
    turns,
)

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_a_worker_that_hangs_is_told_and_the_question_can_be_asked_again(
    signed_in: BrowserContext, stack: Stack
) -> None:
    page = signed_in.new_page()
    page.goto(PATHS["customer_service"])
    with stack.held("interactive"):
        send(page, RETURNS["zh"])
        fault = turns(page).last.get_by_role("alert")
        expect(fault).to_be_visible(timeout=30_000)
        expect(fault).to_contain_text(said("What was kept", "zh"))
    page.reload()
    expect(turns(page).last.get_by_role("heading", name=RETURNS["zh"])).to_be_visible()
    turns(page).last.get_by_role("button", name=said("Ask again", "zh")).click()
    expect(question_field(page, "zh")).to_have_value(RETURNS["zh"])
    page.get_by_role("button", name=said("Send", "zh"), exact=True).click()
    expect(answer(page)).to_be_visible(timeout=20_000)


def test_a_killed_worker_comes_back_and_answers(signed_in: BrowserContext, stack: Stack) -> None:
    page = signed_in.new_page()
    page.goto(PATHS["customer_service"])
    before = stack.recorded()["interactive"]
    killed = stack.group("interactive")
    for process in killed:
        process.kill()
    # One that is dying still holds its connection for a moment, and the broker would hand it the question.
    assert not psutil.wait_procs(killed, timeout=10)[1]
    send(page, RETURNS["zh"])
    ended = turns(page).last.locator("[data-answer], [data-fault]")
    expect(ended).to_be_visible(timeout=40_000)
    assert eventually(lambda: stack.recorded().get("interactive") not in (None, before))
    page.reload()
    expect(turns(page).last.get_by_role("heading", name=RETURNS["zh"])).to_be_visible()
    assert eventually(stack.is_well)
    page.goto(PATHS["customer_service"])
    ask(page, RETURNS["zh"])


def test_without_a_connection_the_question_stays_in_the_field(
    visitor: Visitor, administrator: Member
) -> None:
    visitor.expect("ERR_INTERNET_DISCONNECTED|htmx:(sendError|afterRequest)")
    page = visitor.page(administrator, "zh", PATHS["customer_service"])
    page.context.set_offline(True)
    send(page, RETURNS["zh"])
    expect(page.get_by_role("alert").filter(has_text=said("What was kept", "zh"))).to_be_visible()
    expect(question_field(page, "zh")).to_have_value(RETURNS["zh"])
    page.context.set_offline(False)
    page.get_by_role("button", name=said("Send", "zh"), exact=True).click()
    expect(answer(page)).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_hundred_thousand_characters_are_refused_on_the_page(
    language: Language, visitor: Visitor, administrator: Member
) -> None:
    visitor.expect("status of 413|Response Status Error Code 413")
    page = visitor.page(administrator, language, PATHS["customer_service"])
    fault = send_too_much(page, language)
    expect(fault).to_contain_text("2000")
    assert len(question_field(page, language).input_value()) == 100_000
    expect(turns(page)).to_have_count(0)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_hundred_thousand_characters_are_refused_by_the_api(language: str, stack: Stack) -> None:
    headers = {"X-API-Key": stack.api_key(f"long-{language}"), "Accept-Language": language}
    refused = httpx.post(f"{stack.address}/api/v1/qa", json={"query": "长" * 100_000}, headers=headers)
    assert refused.status_code == 413
    assert refused.json()["code"] == "too_long"
    assert refused.json()["message"].isascii() == (language == "en")


def test_a_page_that_is_not_there_says_so(visitor: Visitor, administrator: Member) -> None:
    visitor.expect("status of 404")
    for path in (
        "/nowhere/",
        "/customer-service/conversations/01a201d9-9620-76dc-9d3f-637a7f1ec4c3/",
        "/passages/01a201d9-9620-76dc-9d3f-637a7f1ec4c3/",
    ):
        page = visitor.page(administrator, "zh", path)
        expect(page.get_by_role("main")).to_contain_text("404")
        page.get_by_role("link", name=said("Go to the first page", "zh")).click()
        page.wait_for_url("**/")


def test_an_upload_that_is_cut_off_half_way_leaves_nothing(stack: Stack, administrator: Member) -> None:
    """The line goes dead in the middle of a file: a real server, a real socket."""
    assert eventually(lambda: not unread(administrator))
    before = _kept(stack)
    head = (
        f"POST /console/knowledge/document/add/ HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n"
        f"Cookie: {'; '.join(f'{k}={v}' for k, v in administrator.cookies.items())}\r\n"
        "Content-Type: multipart/form-data; boundary=xx\r\nContent-Length: 4000000\r\n\r\n"
        '--xx\r\nContent-Disposition: form-data; name="uploads"; filename="half.md"\r\n\r\n'
    )
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as line:
        line.sendall(head.encode() + b"# Half\n" * 100_000)
    time.sleep(1)
    assert _kept(stack) == before
    assert administrator.client.get("/health").status_code == 200


def _kept(stack: Stack) -> list[str]:
    folder = stack.home / "files"
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
