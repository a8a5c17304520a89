"""What an administrator does in the console: add files, see why one failed, try again, cancel, make a key."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.stack import Member, Stack, documents_of
from tests.journeys.console import DOCUMENTS, KEYS, file, press_in_detail, row, upload, wait_for
from tests.journeys.desk import PATHS, ask, said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

GOOD = "# 旧床垫回收\n\n购买新床垫的顾客可以预约旧床垫上门回收，回收费每张 35 元，预约后 3 天内上门。\n"
LATER = "# 门店停车\n\n顾客在门店消费满 200 元可免费停车 3 小时，超出部分每小时收费 6 元。\n"
READY, FAILED, CANCELLED, WAITING = (said(word, "zh") for word in ("Ready", "Failed", "Cancelled", "Waiting"))


def test_a_good_file_becomes_ready_and_answers(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    upload(page, [file("旧床垫回收.md", GOOD)])
    wait_for(page, "旧床垫回收.md", READY)
    page.goto(PATHS["customer_service"])
    expect(ask(page, "旧床垫上门回收要多少钱？")).to_contain_text("35 元")


def test_a_broken_file_fails_with_its_reason_and_can_be_tried_again(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    upload(page, [file("坏文件.pdf", b"%PDF-1.7\n1 0 obj\n<<"), file("空白.txt", b"")])
    expect(page.get_by_text("空白.txt").first).to_be_visible()
    failed = wait_for(page, "坏文件.pdf", FAILED)
    reason = failed.inner_text()
    press_in_detail(page, "坏文件.pdf", said("Try again", "zh"))
    expect(page.get_by_text("坏文件.pdf").first).to_be_visible()
    page.goto(DOCUMENTS)
    assert wait_for(page, "坏文件.pdf", FAILED).inner_text() == reason
    page.goto(f"{DOCUMENTS}?state=failed")
    expect(row(page, "坏文件.pdf")).to_be_visible()
    expect(row(page, READY)).to_have_count(0)


def test_a_waiting_file_is_cancelled_at_once_and_read_when_tried_again(
    signed_in: BrowserContext, stack: Stack, administrator: Member
) -> None:
    page = signed_in.new_page()
    with stack.held("bulk"):
        upload(page, [file("门店停车.md", LATER)])
        expect(row(page, "门店停车.md")).to_contain_text(WAITING)
        press_in_detail(page, "门店停车.md", said("Cancel", "zh"))
        page.goto(DOCUMENTS)
        expect(row(page, "门店停车.md")).to_contain_text(CANCELLED)
    page.reload()
    expect(row(page, "门店停车.md")).to_contain_text(CANCELLED)
    press_in_detail(page, "门店停车.md", said("Try again", "zh"))
    page.goto(DOCUMENTS)
    wait_for(page, "门店停车.md", READY)
    assert documents_of(administrator, "customer-service")["门店停车.md"]["revision"] == 1


def test_a_key_is_shown_once_and_opens_the_api(signed_in: BrowserContext, stack: Stack) -> None:
    page = signed_in.new_page()
    page.goto(f"{KEYS}add/")
    page.get_by_label(said("name", "zh")).first.fill("公众号")
    page.get_by_role("button", name=said("Save", "zh"), exact=True).click()
    told = page.get_by_text("sm_").first
    expect(told).to_be_visible()
    secret = next(
        word for word in told.inner_text().replace("：", " ").replace(":", " ").split() if "sm_" in word
    )
    page.goto(KEYS)
    assert secret not in page.content()

    question = {"query": "退款申请通过了，钱几天能到我银行卡？"}
    answered = _qa(stack, question, secret)
    assert answered.status_code == 200
    body = answered.json()
    stated_by_003 = {"answer", "relevance_score", "response_time"}
    assert set(body) == stated_by_003 | {"citations", "record_id", "label", "ai_generated", "aigc"}
    assert "银行卡" in body["answer"]
    assert 0 < body["relevance_score"] <= 1
    assert 0 < body["response_time"] < 30
    assert httpx.get(body["citations"][0]["url"]).status_code == 302  # a page for signed-in people

    row(page, "公众号").get_by_role("checkbox").check()
    page.get_by_role("combobox").first.select_option(label=said("Revoke", "zh"))
    page.get_by_role("button", name=said("Run", "zh")).click()
    expect(page.get_by_text(said("%(name)s was revoked.", "zh") % {"name": "公众号"})).to_be_visible()
    assert _qa(stack, question, secret).json()["detail"] == "无效的API密钥"


@pytest.mark.parametrize("secret", ["", "sm_wrong"])
def test_a_wrong_key_is_refused_in_the_words_of_the_interface(stack: Stack, secret: str) -> None:
    refused = _qa(stack, {"query": "可以退吗"}, secret)
    assert refused.status_code == 401
    assert refused.json()["detail"] == "无效的API密钥"
    assert refused.json()["code"] == "invalid_api_key"


def _qa(stack: Stack, body: dict[str, str], secret: str) -> httpx.Response:
    headers = {"X-API-Key": secret} if secret else {}
    return httpx.post(f"{stack.address}/api/v1/qa", json=body, headers=headers, timeout=30)
