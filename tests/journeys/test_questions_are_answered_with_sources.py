"""The main job: ask, watch the answer come, check every statement against its source."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.fixtures.browser import Language, Visitor
from tests.fixtures.stack import PASSWORD, Member, Stack, sign_up
from tests.journeys.desk import (
    NOT_FOUND,
    PATHS,
    RETURNS,
    UNKNOWN,
    answer,
    ask,
    citations,
    evidence,
    plain,
    question_field,
    said,
    send,
    sign_in,
    turns,
)

pytestmark = [pytest.mark.journey, pytest.mark.stack]
LANGUAGES: list[Language] = ["zh", "en"]
# The browser writes down each stage it is told of: all of them pass within a few tenths of a second.
NOTE_STEPS = """
window.told = [];
new MutationObserver(() => {
  const line = document.querySelector(".pending__line [data-step], [data-step]:not(li)");
  if (line && !window.told.includes(line.dataset.step)) window.told.push(line.dataset.step);
}).observe(document, { childList: true, subtree: true });
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_streams_in_and_names_its_sources(
    language: Language, visitor: Visitor, stack: Stack, administrator: Member
) -> None:
    context = visitor.context(administrator, language)
    context.add_init_script(NOTE_STEPS)
    page = context.new_page()
    page.goto(PATHS["customer_service"])
    with stack.held("interactive"), page.expect_response(re.compile("/stream/$")) as streamed:
        send(page, RETURNS[language], language)
        asked = turns(page).last
        expect(asked.get_by_role("heading", name=RETURNS[language])).to_be_visible()
        expect(asked.get_by_text(said("Your question is being read", language))).to_be_visible()
        expect(asked.get_by_role("button", name=said("Stop", language))).to_be_visible()
    assert streamed.value.headers["content-type"].startswith("text/event-stream")
    given = answer(page)
    expect(given).to_be_visible()
    assert set(page.evaluate("window.told")) >= {"checking", "writing"}
    expect(asked.get_by_role("button", name=said("Stop", language))).to_have_count(0)
    expect(given).to_contain_text(said("Extract from the knowledge base", language))
    numbers = [int(number) for number in citations(given).all_inner_texts()]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    expect(given.get_by_role("heading", name=said("Sources", language))).to_be_visible()
    # The question's terms are answered, and in the language of the question.
    assert re.search(r"7 天|运费" if language == "zh" else r"(?i)7 days|shipping", given.inner_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_citation_opens_the_passage_and_its_document(
    language: Language, visitor: Visitor, administrator: Member
) -> None:
    page = visitor.page(administrator, language, PATHS["customer_service"])
    given = ask(page, RETURNS[language], language)
    quoted = plain(given.locator("[data-copy-body]").inner_text())
    citations(given).first.click()
    panel = evidence(page, language)
    mark = panel.locator("mark").first
    expect(mark).to_be_visible()
    assert plain(mark.inner_text()) in quoted
    panel.get_by_role("link", name=said("Read it in the document", language)).click()
    cited = page.get_by_role("main").locator("mark").first
    expect(cited).to_be_in_viewport()
    assert plain(cited.inner_text())
    page.go_back()
    expect(answer(page)).to_be_visible()


def test_every_citation_of_an_answer_opens(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(PATHS["customer_service"])
    given = ask(page, RETURNS["zh"])
    for link in citations(given).all():
        link.click()
        expect(link).to_have_attribute("data-opened", "")
        expect(evidence(page).locator("mark").first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rating_is_kept(language: Language, visitor: Visitor, administrator: Member) -> None:
    page = visitor.page(administrator, language, PATHS["customer_service"])
    thumb = ask(page, RETURNS[language], language).get_by_role(
        "button", name=said("This helped", language), exact=True
    )
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(answer(page)).to_contain_text(said("Thank you.", language))
    page.reload()
    expect(thumb).to_have_attribute("aria-pressed", "true")


def test_a_conversation_is_listed_and_survives_a_reload(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(PATHS["customer_service"])
    ask(page, RETURNS["zh"])
    ask(page, "刚买完就降价了，差价能退吗？")
    texts = [answer.inner_text() for answer in turns(page).locator("[data-copy-body]").all()]
    listed = page.get_by_role("navigation", name=said("Conversations", "zh")).get_by_role("link")
    expect(listed.filter(has_text=RETURNS["zh"]).first).to_have_attribute("aria-current", "page")
    assert "/conversations/" in page.url
    page.reload()
    expect(turns(page)).to_have_count(2)
    assert [answer.inner_text() for answer in turns(page).locator("[data-copy-body]").all()] == texts
    page.get_by_role("link", name=said("New conversation", "zh")).click()
    expect(turns(page)).to_have_count(0)
    listed.filter(has_text=RETURNS["zh"]).first.click()
    expect(turns(page)).to_have_count(2)


def test_an_example_is_asked_with_one_click(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(PATHS["customer_service"])
    example = page.locator("[data-example]").first
    question = example.inner_text().strip()
    example.click()
    expect(turns(page).get_by_role("heading", name=question)).to_be_visible()
    expect(citations(answer(page)).first).to_be_visible()
    expect(example).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_without_an_answer_is_told_and_recorded(
    language: Language, visitor: Visitor, administrator: Member
) -> None:
    page = visitor.page(administrator, language, PATHS["customer_service"])
    given = ask(page, UNKNOWN[language], language)
    expect(given).to_contain_text(NOT_FOUND[language])
    assert citations(given).count() == 0
    page.goto("/console/answering/answerrecord/?outcome__exact=unanswered")
    expect(page.get_by_role("row").filter(has_text=UNKNOWN[language]).first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=RETURNS[language])).to_have_count(0)


def test_an_empty_question_is_not_sent(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    page.goto(PATHS["customer_service"])
    send(page, "  ")
    expect(page.get_by_role("alert").filter(has_text=said("Write a question first.", "zh"))).to_be_visible()
    expect(turns(page)).to_have_count(0)


def test_the_chosen_language_stays_with_the_person(visitor: Visitor, stack: Stack) -> None:
    sign_up(stack, stack.invite("ming", "end_user"), "ming")
    page = visitor.page(language="zh", path="/sign-in/")
    sign_in(page, "ming", PASSWORD, "zh")
    page.wait_for_url("**/")
    page.locator("summary").filter(has_text="简体中文").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(PATHS["customer_service"])
    expect(question_field(page, "en")).to_be_visible()
    # Another machine, whose browser asks for Chinese.
    other = visitor.page(language="zh", path="/sign-in/")
    sign_in(other, "ming", PASSWORD, "zh")
    other.wait_for_url("**/")
    expect(other.locator("html")).to_have_attribute("lang", "en")
