"""The pictures in README and guides, taken from the running product.

They are written into `docs/images` with `SUNMAO_WRITE_IMAGES=1` (run this file alone: other tests leave their
documents in the lists), otherwise into a temporary folder, only to see that they can be taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import REPOSITORY, Member, Stack, sign_up
from tests.journeys.console import file, upload, wait_for
from tests.journeys.desk import PATHS, RETURNS, answer, ask, citations, evidence, said

pytestmark = [pytest.mark.journey, pytest.mark.stack]

MOST_BYTES = 200_000
QUESTIONS: dict[Language, str] = {**RETURNS, "zh": "家在六楼没有电梯，送一张床上门要加多少钱？"}
Take = Callable[[Page, str], None]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    folder = REPOSITORY / "docs" / "images" if os.environ.get("SUNMAO_WRITE_IMAGES") == "1" else tmp_path

    def shot(page: Page, name: str) -> None:
        page.evaluate("document.fonts.ready")
        page.mouse.move(0, 0)
        if page.viewport_size["width"] == 1440:
            page.set_viewport_size({"width": 1440, "height": 810})
        taken = page.screenshot(path=folder / f"{name}.png", animations="disabled")
        assert len(taken) < MOST_BYTES, f"{name}: {len(taken)} bytes"

    return shot


@pytest.fixture(scope="module")
def lin(stack: Stack, administrator: Member) -> Member:
    """Somebody whose list of conversations is their own."""
    return sign_up(stack, stack.invite("lin.jing", "administrator"), "lin.jing")


def desk(visitor: Visitor, member: Member, vertical: str, language: Language, width: int = 1440) -> Page:
    return visitor.page(member, language, PATHS[vertical], width=width)


def show_evidence(page: Page, language: Language, citation: int = 0) -> None:
    citations(answer(page)).nth(citation).click()
    expect(evidence(page, language).locator("mark").first).to_be_visible()


def test_the_way_in_and_the_first_page(visitor: Visitor, lin: Member, take: Take) -> None:
    take(visitor.page(path="/sign-in/"), "sign-in")
    take(visitor.page(lin, "zh", "/"), "home")
    take(visitor.page(lin, "en", "/"), "home.en")
    take(visitor.page(lin, "zh", "/", color_scheme="dark"), "home.dark")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_cited_answer_with_its_evidence(
    language: Language, visitor: Visitor, lin: Member, take: Take
) -> None:
    take(desk(visitor, lin, "customer_service", language), f"customer-service.empty.{language}")
    page = desk(visitor, lin, "customer_service", language)
    ask(page, QUESTIONS[language], language)
    show_evidence(page, language)
    take(page, f"customer-service.{language}")


def test_a_red_flag_comes_before_the_answer(visitor: Visitor, lin: Member, take: Take) -> None:
    page = desk(visitor, lin, "medical", "zh")
    ask(page, "父亲突然口角歪斜、说话不清、右手没有力气，怎么办？")
    take(page, "medical.red-flag")


def test_a_clause_is_checked_by_rule(visitor: Visitor, lin: Member, take: Take) -> None:
    page = desk(visitor, lin, "contract_review", "zh")
    ask(page, "每逾期一日按欠款的 5% 付违约金，这样的条款合适吗？")
    show_evidence(page, "zh")
    take(page, "contract-review")
    page = desk(visitor, lin, "investment_advisory", "en")
    ask(page, "Is the performance benchmark what I will earn?", "en")
    take(page, "investment-advisory.en")


def test_a_phone(visitor: Visitor, lin: Member, take: Take) -> None:
    take(visitor.page(lin, "zh", "/", width=390), "home.phone")
    page = desk(visitor, lin, "customer_service", "zh", width=390)
    ask(page, QUESTIONS["zh"])
    take(page, "customer-service.phone")
    show_evidence(page, "zh")
    take(page, "evidence.phone")


def test_the_document_that_was_cited(visitor: Visitor, lin: Member, take: Take) -> None:
    page = desk(visitor, lin, "customer_service", "zh")
    given = ask(page, QUESTIONS["zh"])
    page.goto(citations(given).first.get_attribute("href") or "")
    page.get_by_role("link", name=said("Read it in the document", "zh")).click()
    expect(page.get_by_role("main").locator("mark").first).to_be_in_viewport()
    take(page, "document")


def test_the_console_says_why_a_file_failed(visitor: Visitor, lin: Member, take: Take) -> None:
    context: BrowserContext = visitor.context(lin)
    page = context.new_page()
    upload(page, [file("2026年服务协议（扫描件）.pdf", b"%PDF-1.7\n1 0 obj\n<<")])
    wait_for(page, "2026年服务协议", said("Failed", "zh"))
    page.goto("/console/knowledge/document/")
    take(page, "console-documents")
    page.goto("/console/")
    take(page, "console")
