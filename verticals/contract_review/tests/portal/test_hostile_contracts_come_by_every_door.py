"""Contracts made to break something, by the portal and by the API: read, or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.core import tenancy
from tests.fixtures.knowledge import run_waiting_jobs
from tests.fixtures.state import state_of
from tests.sunmao.knowledge.text import files
from verticals.contract_review.models import Review
from verticals.contract_review.tests.documents import long_contracts
from verticals.contract_review.tests.documents.test_contracts_are_read import (
    encrypted_word_document,
    without_pages,
    workbook,
)
from verticals.contract_review.tests.documents.word import (
    deleted,
    document,
    inserted,
    paragraph,
    run,
    text_of,
)

LATE = "甲方逾期付款的，每逾期1日，按逾期金额的5%支付违约金。"
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DATE</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2026年1月1日</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)
DRAWING = (
    '<w:r><w:drawing><wp:inline><a:graphic><a:graphicData uri="x"/></a:graphic></wp:inline></w:drawing></w:r>'
)


def by_the_portal(client: Any, name: str, data: bytes, side: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post("/contract-review/submit/", {"file": file, "side": side, "contract_type": "service"})


def by_the_api(client: Any, name: str, data: bytes, side: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post("/api/v1/contracts", {"file": file, "side": side, "contract_type": "service"})


DOORS = {"the portal": by_the_portal, "the API": by_the_api}
Door = Callable[[Any, str, bytes, str], Any]


@pytest.fixture(params=DOORS.values(), ids=DOORS)
def door(request: pytest.FixtureRequest) -> Any:
    return request.param


def _review(cast: Any) -> Review:
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        return Review.objects.select_related("version").get()


def _rules(cast: Any, review: Review) -> set[str]:
    with tenancy.scope(cast.hemu.pk):
        return {str(one.rule) for one in review.findings.all()}


@pytest.mark.parametrize(
    ("case", "name", "data", "code"),
    [
        ("a PDF without pages", "a.pdf", without_pages, "corrupt_file"),
        ("a PDF with a password", "a.pdf", lambda: files.pdf("x", encrypted=True), "encrypted_file"),
        ("a Word document with a password", "a.docx", encrypted_word_document, "encrypted_file"),
        ("a Word document without a word", "a.docx", lambda: document(paragraph()), "empty_file"),
        ("a workbook that says it is a contract", "a.docx", workbook, "unsupported_contract_type"),
    ],
)
def test_what_cannot_be_read_fails_with_its_reason_and_is_shown(
    cast: Any, door: Door, case: str, name: str, data: Callable[[], bytes], code: str
) -> None:
    answer = door(cast.lin.client, name, data(), "party_a")
    assert answer.status_code in (202, 302)
    review = _review(cast)
    assert (review.state, review.error["code"]) == ("failed", code)
    page = cast.lin.client.get(f"/contract-review/reviews/{review.pk}/").content.decode()
    assert review.error["texts"]["en"] in page
    told = cast.lin.client.get(f"/api/v1/contract-reviews/{review.pk}").json()
    assert told["state"] == "failed"


@pytest.mark.parametrize("name", ["a.exe", "a", "合同.docx.js"])
def test_a_wrong_ending_is_told_and_leaves_no_findings(cast: Any, door: Door, name: str) -> None:
    answer = door(cast.lin.client, name, b"MZ\x90\x00" + bytes(200), "party_a")
    assert answer.status_code in (202, 302)
    review = _review(cast)
    assert review.state == "failed"
    assert review.error["code"] in ("unsupported_contract_type", "unsupported_file_type")
    assert _rules(cast, review) == set()


def test_a_side_that_is_none_is_refused_and_nothing_is_kept(cast: Any, door: Door) -> None:
    before = state_of(cast.hemu)
    answer = door(cast.lin.client, "a.docx", document(paragraph(run(LATE))), "丁方")
    assert answer.status_code == 400
    assert state_of(cast.hemu) == before


def test_a_side_that_does_not_occur_is_noted_beside_the_findings(cast: Any, door: Door) -> None:
    text = "买方：云汀商贸有限公司。卖方：禾川器械有限公司。买方" + LATE.removeprefix("甲方")
    door(cast.lin.client, "a.docx", document(paragraph(run(text))), "party_b")
    review = _review(cast)
    assert review.state == "awaiting_human"
    assert "CN-G-01" in _rules(cast, review)
    told = cast.lin.client.get(f"/api/v1/contract-reviews/{review.pk}").json()
    assert "side_not_in_text" in str(told)


def test_two_languages_are_read_by_the_rules_of_both(cast: Any, door: Door) -> None:
    english = "The Supplier may increase the fees by up to 10% each year. " * 12
    chinese = LATE + "乙方应按照附件约定的标准提供服务，并在每月月底前向甲方提交服务记录。"
    door(cast.lin.client, "a.docx", document(paragraph(run(chinese)), paragraph(run(english))), "party_a")
    codes = _rules(cast, _review(cast))
    assert {"CN-G-01", "EN-10"} <= codes


def test_changes_fields_and_drawings_of_others_survive_our_redline(cast: Any, door: Door) -> None:
    data = document(
        paragraph(run("本合同日期："), FIELD),
        paragraph(run("服务费"), deleted("八"), inserted(run("十")), run("万元。"), DRAWING),
        paragraph(run(LATE)),
    )
    door(cast.lin.client, "a.docx", data, "party_a")
    review = _review(cast)
    assert (review.state, "CN-G-01" in _rules(cast, review)) == ("awaiting_human", True)
    made = cast.lin.client.get(f"/api/v1/contract-reviews/{review.pk}/export/redline?include=all").content
    body = _main_part(made)
    assert body.count('w:author="Chen"') == 2
    assert body.count("<w:instrText>DATE</w:instrText>") == 1
    assert body.count("<w:drawing>") == 1
    assert "0.05%" in text_of(made)


def _main_part(data: bytes) -> str:
    from io import BytesIO
    from zipfile import ZipFile

    with ZipFile(BytesIO(data)) as archive:
        return archive.read("word/document.xml").decode()


@pytest.mark.slow
def test_three_hundred_pages_are_reviewed_to_the_end(cast: Any, door: Door) -> None:
    door(cast.lin.client, "a.docx", long_contracts.word_document(300), "party_a")
    review = _review(cast)
    assert review.state == "awaiting_human"
    page = cast.lin.client.get(f"/contract-review/reviews/{review.pk}/")
    assert page.status_code == 200
    assert "CN-G-01" in _rules(cast, review)
