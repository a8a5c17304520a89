"""From a pasted clause or a file to findings that await a person, with everything pinned."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import EmptyInput, InvalidInput, TooLong
from tests.fixtures.state import state_of, verbs_of
from verticals.contract_review import tasks
from verticals.contract_review.models import Contract, Review, ReviewState
from verticals.contract_review.service import presenting, receiving
from verticals.contract_review.tests.service.conftest import SAMPLE, findings_of, reread, run_waiting_jobs


def test_the_design_documents_clause_comes_out_as_written(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    found = findings_of(review)

    assert (review.state, review.verdict) == (ReviewState.AWAITING_HUMAN, "non_compliant")
    assert [(one.rule, one.severity, one.score) for one in found[:3]] == [
        ("CN-G-01", "critical", 95),
        ("CN-G-02", "high", 80),
        ("CN-G-03", "medium", 60),
    ]
    text = presenting.blocks(review, "zh")
    for required in ("【不符合】", "《民法典》第五百八十五条", "5%", "1825%", "公平原则"):
        assert required in text
    for words in ("30日内", "100万元", "0.05%", "累计违约金不超过合同总金额的10%"):
        assert words in found[0].rewrite
    assert all(
        SAMPLE[span["start"] : span["end"]] == span["quote"] for one in found for span in one.content["spans"]
    )


def test_a_review_pins_what_it_stands_on(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor, as_of="2026-11-22")

    assert review.as_of == date(2026, 11, 22)
    assert review.ruleset_version.startswith("r-")
    assert review.parameters["in_force"]["lpr_1y"]["value"] == "3.0"
    assert review.engine == "extractive" or review.engine == ""
    assert review.label["kind"] == "rules"
    assert verbs_of(cast.hemu)[-3:] == [
        "contract.received",
        "contract_review.begun",
        "contract_review.finished",
    ]


def test_the_other_side_is_told_something_else(cast: Any, review_text: Any) -> None:
    ours = findings_of(review_text(cast.lin.actor))
    theirs = findings_of(review_text(cast.lin.actor, side="乙方"))

    assert {one.rule for one in ours[:3]} == {one.rule for one in theirs[:3]}
    assert [one.rewrite for one in ours[:3]] != [one.rewrite for one in theirs[:3]]


def test_the_same_text_twice_gives_the_same_review(cast: Any, review_text: Any) -> None:
    first = review_text(cast.lin.actor)
    before = state_of(cast.hemu)
    again = receiving.receive_text(
        actor=cast.lin.actor,
        text=SAMPLE,
        wish=receiving.wish({"side": "甲方", "contract_type": "service"}),
    )

    assert (again.outcome, again.review.pk) == ("unchanged", first.pk)
    assert state_of(cast.hemu) == before


def test_the_task_gives_verdict_and_findings(cast: Any) -> None:
    work = tasks.review(
        actor=cast.mei.actor, data={"text": SAMPLE, "side": "甲方", "contract_type": "service"}
    )
    run_waiting_jobs(cast.mei.actor)
    result = work.wait()

    assert result["verdict"] == "non_compliant"
    assert [one["rule_id"] for one in result["findings"][:3]] == ["CN-G-01", "CN-G-02", "CN-G-03"]
    assert result["findings"][0]["computed"]["annual_percent"] in (1825, "1825")
    assert {"record_id", "output", "findings", "citations", "label", "timings"} <= set(result)


@pytest.mark.parametrize(
    ("_case", "data", "field"),
    [
        ("a side that there is not", {"text": SAMPLE, "side": "丁方"}, "side"),
        ("a type that there is not", {"text": SAMPLE, "contract_type": "marriage"}, "contract_type"),
        ("a day that there is not", {"text": SAMPLE, "as_of": "2026-02-30"}, "as_of"),
        ("a field that there is not", {"text": SAMPLE, "party": "A"}, "party"),
        ("a number for a text", {"text": 5}, "text"),
        ("a strictness that there is not", {"text": SAMPLE, "strictness": "cruel"}, "strictness"),
    ],
)
def test_a_wrong_input_changes_nothing(cast: Any, _case: str, data: dict[str, Any], field: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(InvalidInput) as told:
        tasks.review(actor=cast.mei.actor, data=data)
    assert field in told.value.fields
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    ("_case", "text", "error"),
    [
        ("nothing", "", EmptyInput),
        ("only spaces", " \n\t　", EmptyInput),
        ("too much", "约" * 1_000_001, TooLong),
    ],
)
def test_no_text_and_too_much_are_refused(cast: Any, _case: str, text: str, error: type[Exception]) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(error):
        tasks.review(actor=cast.mei.actor, data={"text": text})
    assert state_of(cast.hemu) == before


def test_a_file_is_read_and_reviewed(cast: Any, make_docx: Any) -> None:
    received = receiving.receive_file(
        actor=cast.lin.actor,
        name="服务合同.docx",
        chunks=[make_docx([SAMPLE])],
        wish=receiving.wish({"side": "甲方", "contract_type": "service"}),
    )
    run_waiting_jobs(cast.lin.actor)
    review = reread(received.review)

    assert (review.state, review.version.kind) == (ReviewState.AWAITING_HUMAN, "docx")
    assert SAMPLE in str(review.version.text)
    assert findings_of(review)[0].rule == "CN-G-01"
    assert str(review.contract.title) == "服务合同"


@pytest.mark.parametrize(
    ("_case", "name", "data"),
    [
        ("a picture that is none", "scan.png", b"\x89PNG\r\n\x1a\nnothing"),
        ("a spreadsheet", "prices.xlsx", b"PK\x03\x04 not a workbook"),
        ("a broken pdf", "contract.pdf", b"%PDF-1.7\n1 0 obj\n<<"),
        ("an old word file", "contract.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    ],
)
def test_a_file_that_cannot_be_read_says_why(cast: Any, _case: str, name: str, data: bytes) -> None:
    received = receiving.receive_file(actor=cast.lin.actor, name=name, chunks=[data], wish=receiving.wish({}))
    run_waiting_jobs(cast.lin.actor)
    review = reread(received.review)

    assert review.state == ReviewState.FAILED
    assert review.error["code"]
    assert review.error["texts"]["en"]
    assert findings_of(review) == []
    assert verbs_of(cast.hemu)[-1] == "contract_review.failed"


def test_a_side_that_does_not_occur_is_told(cast: Any, review_text: Any) -> None:
    text = "第一条 出租方应于每月五日前交付房屋。\n第二条 承租方逾期付款的，每逾期一日按欠款的1%支付违约金。"
    review = review_text(cast.lin.actor, text, side="乙方", contract_type="lease")
    assert review.state == ReviewState.AWAITING_HUMAN


def test_two_languages_in_one_document_are_both_read(cast: Any, review_text: Any) -> None:
    text = SAMPLE + "\nParty A shall pay the fee within thirty days after signing this agreement. " * 30
    review = review_text(cast.lin.actor, text)
    assert review.state == ReviewState.AWAITING_HUMAN
    assert findings_of(review)[0].rule == "CN-G-01"


def test_what_a_contract_says_is_sealed_with_its_owners_key(cast: Any, review_text: Any) -> None:
    from django.db import connection

    review = review_text(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk), connection.cursor() as cursor:
        cursor.execute("SELECT text FROM contract_review_contractversion WHERE id = %s", [review.version_id])
        assert "违约金" not in cursor.fetchone()[0]
        cursor.execute("SELECT content FROM contract_review_finding WHERE review_id = %s", [review.pk])
        assert all("违约金" not in str(row[0]) for row in cursor.fetchall())


def test_a_removed_contract_is_not_worked_on(cast: Any) -> None:
    received = receiving.receive_text(actor=cast.lin.actor, text=SAMPLE, wish=receiving.wish({}))
    receiving.remove(actor=cast.lin.actor, contract=received.review.contract)
    run_waiting_jobs(cast.lin.actor)

    with tenancy.scope(cast.hemu.pk):
        review = Review.objects.get(pk=received.review.pk)
        assert review.state == ReviewState.SUPERSEDED
        assert review.job is not None
        assert review.job.state == "cancelled"
        assert Contract.objects.get(pk=review.contract_id).deleted_at


def test_a_contract_of_twenty_pages_takes_less_than_ten_seconds(cast: Any, make_docx: Any) -> None:
    clauses = [f"第{number}条 {SAMPLE}" for number in range(1, 160)]
    received = receiving.receive_file(
        actor=cast.lin.actor, name="long.docx", chunks=[make_docx(clauses)], wish=receiving.wish({})
    )
    run_waiting_jobs(cast.lin.actor)
    review = reread(received.review)
    assert review.state == ReviewState.AWAITING_HUMAN
    assert review.seconds < 10
