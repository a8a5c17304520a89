from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import docx
import pypdfium2
import pytest

from sunmao.guards.embedding import read_back
from sunmao.guards.label import label
from verticals.contract_review.documents.report import (
    ReportData,
    ReportFact,
    ReportFinding,
    ReportItem,
    ReportParameter,
    SignOff,
    report_docx,
    report_pdf,
)
from verticals.contract_review.documents.report.typesetting import Look, Piece, broken
from verticals.contract_review.tests.documents import word

GENERATED = label(kind="generated", produce_id="review-7", text="x")
FINDING = ReportFinding(
    rule="CN-G-01",
    severity="critical",
    title="违约金比例过高",
    explanation="约定的违约金过分高于造成的损失。",
    quotes=("按逾期金额的5%支付违约金",),
    where="第二条",
    citations=("《民法典》第五百八十五条第二款",),
    computed=(("年化", "1825%"),),
    suggestion="按逾期金额的0.05%支付违约金。",
    decision="edited",
    decided_by="王岚",
)
DATA = ReportData(
    language="en",
    title="云栖平台技术服务合同",
    organisation="Hemu Home",
    contract_type="Service",
    our_side="甲方",
    as_of=date(2026, 11, 22),
    made_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
    verdict="non_compliant",
    reason="根据《民法典》第五百八十五条，年化1825%，违反公平原则。",
    number="CR-7",
    findings=(
        FINDING,
        replace(FINDING, rule="CN-G-03", severity="medium", title="缺少验收", quotes=(), absent=True),
    ),
    facts=(ReportFact(name="Amount", value="CNY 1,000,000", where="第二条"),),
    checklist=(ReportItem(name="Acceptance", state="absent"),),
    parameters=(ReportParameter(name="LPR 1Y", value="3.00 %", since=date(2025, 5, 20), source="PBoC"),),
    citations=(("《中华人民共和国民法典》第五百八十五条第二款", "可以请求适当减少。"),),
    ruleset="2026.11-r3",
    sign_offs=(SignOff(name="王岚", role="Counsel", at=datetime(2026, 11, 22, 9, tzinfo=UTC)),),
    label=GENERATED,
)
EVERYTHING = (
    "云栖平台技术服务合同", "Hemu Home", "CR-7", "2026.11-r3", "Does not conform", "年化1825%",
    "[Critical]", "违约金比例过高", "[Medium]", "缺少验收", "按逾期金额的5%支付违约金",
    "《民法典》第五百八十五条第二款", "按逾期金额的0.05%支付违约金。",
    "Nothing in the contract settles this.",
    "Accepted with changes", "王岚", "CNY 1,000,000", "Acceptance", "Missing", "LPR 1Y", "3.00 %",
    "May 20, 2025", "《中华人民共和国民法典》第五百八十五条第二款", "no legal advice",
    "Draft: not signed off", "No legal advice; needs the review of a qualified person.",
    "AI-generated content",
)  # fmt: skip


def pages_of(data: bytes) -> list[str]:
    with pypdfium2.PdfDocument(data) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def flat(text: str) -> str:
    return "".join(text.split())


def test_the_pdf_says_everything_and_carries_its_label() -> None:
    made = report_pdf(DATA)
    pages = pages_of(made)

    said = flat("".join(pages))
    assert [text for text in EVERYTHING if flat(text) not in said] == []
    assert all("AI-generated content" in page.replace("\r\n", " ") for page in pages)
    assert read_back("pdf", made) == GENERATED.aigc
    assert f"Page 1 of {len(pages)}" in pages[0]


def test_the_word_document_says_the_same() -> None:
    made = report_docx(DATA)

    said = flat(word.text_of(made))
    assert [text for text in EVERYTHING if flat(text) not in said] == []
    assert read_back("docx", made) == GENERATED.aigc
    assert docx.Document(BytesIO(made)).core_properties.title == DATA.title


def test_properties_of_tables_keep_the_order_that_the_standard_wants() -> None:
    order = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"]
    for table in docx.Document(BytesIO(report_docx(DATA))).tables:
        tags = [child.tag.rpartition("}")[2] for child in table._tbl.tblPr]
        assert tags == sorted(tags, key=order.index)


def test_what_only_rules_computed_carries_no_object_and_says_so() -> None:
    data = replace(DATA, label=label(kind="rules"))

    assert read_back("pdf", report_pdf(data)) is None
    assert read_back("docx", report_docx(data)) is None
    assert flat("Computed by rules") in flat("".join(pages_of(report_pdf(data))))


def test_a_signed_report_is_no_draft() -> None:
    said = flat("".join(pages_of(report_pdf(replace(DATA, final=True)))))

    assert flat("Final version") in said
    assert flat("Signed off by 王岚.") in said
    assert flat("Draft: not signed off") not in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_review_without_findings_is_printed_in_both_languages(language: str) -> None:
    data = replace(
        DATA,
        language=language,
        verdict="compliant",
        findings=(),
        facts=(),
        checklist=(),
        parameters=(),
        citations=(),
    )

    assert len(pages_of(report_pdf(data))) == 2
    assert "云栖平台技术服务合同" in word.text_of(report_docx(data))


def test_marks_and_endless_words_break_no_page() -> None:
    hostile = "<b>&amp;</b>\t" + "长" * 2000 + "x" * 900
    data = replace(
        DATA, title="<i>t</i> & co", findings=(replace(FINDING, explanation=hostile, suggestion=hostile),)
    )

    said = flat("".join(pages_of(report_pdf(data))))
    assert "<i>t</i>&co" in said
    assert said.count("长") == 3 * 2000


@pytest.mark.parametrize(
    ("_case", "text", "width", "lines"),
    [
        ("nothing", "", 5, []),
        ("one line each", "甲方\n\n乙方", 5, ["甲方", "", "乙方"]),
        ("no sign that closes begins a line", "一二三四五。六", 5, ["一二三四", "五。六"]),
        ("no sign that opens ends a line", "一二三四（五六）", 5, ["一二三四", "（五六）"]),
        ("a word is not torn", "the receiving party", 5, ["the", "receiving", "party"]),
        ("Latin within Chinese", "合同Sunmao合同", 4, ["合同", "Sunmao", "合同"]),
        ("a word longer than a line is", "x" * 12, 3, ["xxxxxx", "xxxxxx"]),
    ],
)
def test_lines_break_where_a_reader_expects_it(_case: str, text: str, width: float, lines: list[str]) -> None:
    told = broken([Piece(text)], Look(10, 15), width * 10)
    assert ["".join(piece.text for piece in line) for line in told] == lines


def test_a_part_longer_than_a_page_goes_on_on_the_next() -> None:
    numbered = "".join(f"{number:04}，" for number in range(2_000))
    data = replace(DATA, findings=(replace(FINDING, explanation=numbered, suggestion=numbered),))
    said = flat("".join(pages_of(report_pdf(data))))
    # the suggestion stands in the third block as well
    assert [number for number in range(2_000) if said.count(f"{number:04}，") != 3] == []


def test_what_no_xml_can_hold_is_left_out_of_the_word_document() -> None:
    data = replace(DATA, findings=(replace(FINDING, explanation="有\x0b害\x00\ufffe<w:p>\t]]>&"),))
    assert "有害<w:p>\t]]>&" in word.text_of(report_docx(data))


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_report_of_six_hundred_findings_is_made_within_a_request(kind: str) -> None:
    long = replace(
        FINDING, explanation="约定的违约金过分高于造成的损失。" * 8, suggestion="按日0.05%支付。" * 12
    )
    data = replace(DATA, findings=(long,) * 600)
    began = time.process_time()
    made = report_pdf(data) if kind == "pdf" else report_docx(data)
    # about 2 s as PDF and half a second as Word; it was 10 and 5
    assert time.process_time() - began < 8
    assert len(made) > 50_000
