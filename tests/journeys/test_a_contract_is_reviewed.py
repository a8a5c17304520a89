"""The whole work of a lawyer in the browser: bring a file, decide with the keyboard, sign, take it away."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import Member, Stack, sign_up
from tests.journeys.test_images_for_the_documentation import Take, take

pytestmark = [pytest.mark.journey, pytest.mark.stack]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
assert take  # the fixture that writes the documentation's pictures

CONTRACT = """技术服务合同
甲方：河木家居有限公司
乙方：云帆软件技术有限公司
签订日期：2026年11月20日
第一条 服务内容
乙方为甲方开发仓储管理系统一套，并提供一年维护服务。
第二条 服务费用与支付
甲方应在合同签订后30日内支付乙方服务费用人民币1000000元。若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。
第三条 交付
乙方应在收到款项后60日内完成项目交付，若乙方逾期交付，无需承担任何违约责任。
第四条 保密
双方对在履行合同过程中知悉的对方商业秘密负有保密义务，期限为合同终止后三年。
第五条 争议解决
因本合同发生的争议，由甲方所在地人民法院管辖。
第六条 其他
本合同自双方签字盖章之日起生效，一式两份。
甲方（盖章）：    乙方（盖章）：
"""


@pytest.fixture(scope="module")
def lawyer(stack: Stack) -> Member:
    return sign_up(stack, stack.invite("fang.lei", "administrator"), "fang.lei")


@pytest.fixture
def contract() -> bytes:
    document, held = docx.Document(), io.BytesIO()
    for line in CONTRACT.strip().split("\n"):
        document.add_paragraph(line)
    document.save(held)
    return held.getvalue()


def bring(page: Page, data: bytes) -> None:
    page.goto("/contract-review/")
    page.set_input_files("#file", [{"name": "技术服务合同.docx", "mimeType": DOCX, "buffer": data}])
    page.locator(".bring__send button").click()
    page.wait_for_url(re.compile("/reviews/"))
    expect(page.locator("#summary")).to_be_visible(timeout=30_000)


def words(data: bytes) -> str:
    return "\n".join(one.text for one in docx.Document(io.BytesIO(data)).paragraphs)


def press(page: Page, key: str, finding: int, decision: str) -> None:
    page.locator(f"#finding-{finding}").focus()
    page.keyboard.press(key)
    expect(page.locator(f"#finding-{finding}")).to_have_attribute("data-decision", decision)


def test_a_lawyer_does_the_whole_work(visitor: Visitor, lawyer: Member, contract: bytes, take: Take) -> None:
    page = visitor.page(lawyer, "zh", "/contract-review/")
    take(page, "contract-review.home.zh")
    bring(page, contract)
    first = page.locator("#finding-1")
    expect(first).to_have_attribute("data-tone", "critical")
    expect(page.locator(".hit[data-finding='1']").first).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 720})
    take(page, "contract-review.desk.zh")
    page.reload()  # the picture leaves marks on the fields, which a policy of styles does not like
    expect(page.locator(".verdict__form")).to_have_count(0)

    press(page, "a", 1, "accepted")
    page.locator("#finding-2").focus()
    page.keyboard.press("e")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("乙方逾期交付的，每逾期一日，按合同总金额的0.03%支付违约金。")
    page.locator("#finding-2 button[value=edited]").click()
    expect(page.locator("#finding-2")).to_have_attribute("data-decision", "edited")
    page.locator("#finding-3").focus()
    page.keyboard.press("r")
    page.keyboard.insert_text("附件已有验收标准")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#finding-3")).to_have_attribute("data-decision", "rejected")

    page.locator(".verdict__form button").click()
    expect(page.locator(".signed")).to_contain_text("fang.lei")

    address = page.url.split("?")[0].split("#")[0]
    with page.expect_download() as redline:
        page.locator(".brief__tools > a.button--primary").click()
    marked = Path(redline.value.path()).read_bytes()
    from verticals.contract_review.documents.redline import accept_all, reject_all

    assert "按逾期金额的0.05%支付违约金" in words(accept_all(marked))
    assert "按合同总金额的0.03%支付违约金" in words(accept_all(marked))
    assert words(reject_all(marked)) == words(contract)
    report = page.request.get(f"{address}export/report.pdf/")
    assert (report.status, report.body()[:5]) == (200, b"%PDF-")


def test_the_example_is_reviewed_in_english_on_a_phone(visitor: Visitor, lawyer: Member, take: Take) -> None:
    page = visitor.page(lawyer, "en", "/contract-review/", width=390)
    page.locator("button[name=example]").click()
    page.wait_for_url(re.compile("/reviews/"))
    expect(page.locator("#summary")).to_be_visible(timeout=30_000)
    take(page, "contract-review.phone.en")
    page.locator("[data-half-tab=paper]").click()
    expect(page.locator(".hit").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".hit[data-finding='1']").first.click()
    expect(page.locator("#finding-1")).to_be_focused()


@pytest.mark.parametrize("language", ["en"])
def test_it_works_without_javascript(visitor: Visitor, lawyer: Member, language: Language) -> None:
    page = visitor.page(lawyer, language, "/contract-review/", java_script_enabled=False)
    page.fill("#text", CONTRACT + f"({language})")
    page.locator(".bring__send button").click()
    page.wait_for_selector("#summary", timeout=30_000)  # the page asks again by itself
    page.locator("#finding-1 button[value=accepted]").click()
    expect(page.locator("#finding-1")).to_have_attribute("data-decision", "accepted")


def test_the_pages_of_library_and_rules_are_there(visitor: Visitor, lawyer: Member, take: Take) -> None:
    page = visitor.page(lawyer, "zh", "/contract-review/library/")
    expect(page.locator(".clause").first).to_be_visible()
    take(page, "contract-review.library.zh")
    page.goto("/contract-review/rules/")
    expect(page.locator("input[type=checkbox]").first).to_be_visible()
    take(page, "contract-review.rules.zh")
