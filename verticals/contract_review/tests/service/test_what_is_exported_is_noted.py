"""Redline, report, calendar and grid leave with an audit entry; what they hold is what was decided."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import docx
import pypdfium2
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from sunmao.core import tenancy
from sunmao.core.errors import NotFound
from tests.fixtures.state import state_of, verbs_of
from verticals.contract_review import selectors
from verticals.contract_review.documents.redline import accept_all, reject_all
from verticals.contract_review.service import batches, deciding, exporting, receiving
from verticals.contract_review.service.errors import NotYetReviewed
from verticals.contract_review.tests.service.conftest import (
    SAMPLE,
    findings_of,
    reread,
    run_waiting_jobs,
)


def words(data: bytes) -> str:
    return "\n".join(one.text for one in docx.Document(io.BytesIO(data)).paragraphs)


def export(actor: Any, review: Any, kind: str, **more: str) -> exporting.Download:
    with tenancy.scope(review.organisation_id):
        return exporting.export(actor=actor, review=reread(review), kind=kind, **more)


@pytest.fixture
def reviewed_file(cast: Any, make_docx: Any) -> Any:
    received = receiving.receive_file(
        actor=cast.lin.actor,
        name="服务合同.docx",
        chunks=[make_docx([SAMPLE])],
        wish=receiving.wish({"side": "甲方", "contract_type": "service"}),
    )
    run_waiting_jobs(cast.lin.actor)
    return reread(received.review)


def test_the_redline_holds_what_was_accepted_and_nothing_else(cast: Any, reviewed_file: Any) -> None:
    first, second = findings_of(reviewed_file)[:2]
    deciding.decide(actor=cast.lin.actor, finding=first, decision="accepted")
    deciding.decide(actor=cast.lin.actor, finding=second, decision="rejected", note="agreed so")

    made = export(cast.lin.actor, reviewed_file, "redline")

    assert "0.05%支付违约金，累计违约金不超过合同总金额的10%" in words(accept_all(made.data))
    assert "无需承担任何违约责任" in words(accept_all(made.data))
    assert words(reject_all(made.data)) == SAMPLE
    assert verbs_of(cast.hemu, subject=reviewed_file.pk)[-1] == "contract_review.exported"


@pytest.mark.parametrize("number", ["第三条 ", "三、", "3. ", "（三）", "3.1 "])
def test_a_clause_whose_first_sentence_is_replaced_keeps_its_number(
    cast: Any, review_text: Any, number: str
) -> None:
    clause = "每逾期一日按合同总额的5%支付违约金。"
    text = f"采购合同\n甲方：甲木公司\n乙方：乙石公司\n{number}{clause}"
    review = review_text(cast.lin.actor, text, contract_type="sale")
    finding = next(one for one in findings_of(review) if one.rule == "CN-G-01")
    deciding.decide(actor=cast.lin.actor, finding=finding, decision="accepted")

    made = export(cast.lin.actor, review, "redline").data

    assert f"{number}{finding.rewrite.removeprefix(number)}" in words(accept_all(made))
    assert f"{number}{clause}" in words(reject_all(made))


def test_the_redline_of_a_pasted_text_is_a_document_of_its_own(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    made = export(cast.lin.actor, review, "redline", include="all")
    assert SAMPLE in words(reject_all(made.data))
    assert "0.05%" in words(accept_all(made.data))


@pytest.mark.parametrize("kind", ["report.docx", "report.pdf"])
def test_the_report_tells_verdict_findings_and_signatures(cast: Any, review_text: Any, kind: str) -> None:
    review = review_text(cast.lin.actor)
    deciding.decide(actor=cast.lin.actor, finding=findings_of(review)[0], decision="accepted")
    deciding.sign(actor=cast.lin.actor, review=review)
    made = export(cast.lin.actor, review, kind)
    if kind == "report.pdf":
        text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(made.data))
        assert made.data.startswith(b"%PDF-")
    else:
        document = docx.Document(io.BytesIO(made.data))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        text = "\n".join([one.text for one in document.paragraphs] + cells)
    flat = "".join(text.split())
    for told in ("1825%", "CN-G-01", "lin", review.ruleset_version):
        assert told in flat


def test_the_contract_as_received_is_the_very_file(cast: Any, reviewed_file: Any, make_docx: Any) -> None:
    made = export(cast.lin.actor, reviewed_file, "original")
    assert made.name == "服务合同.docx"
    assert words(made.data) == SAMPLE
    assert verbs_of(cast.hemu)[-1] == "contract.downloaded"


def test_the_calendar_has_an_entry_for_each_duty(cast: Any, review_text: Any) -> None:
    review = review_text(cast.lin.actor)
    made = export(cast.lin.actor, review, "calendar")
    text = made.data.decode()
    assert text.startswith("BEGIN:VCALENDAR")
    assert text.count("\r\nEND:V") >= 2


@pytest.mark.parametrize("kind", ["everything", "../report.pdf", ""])
def test_what_cannot_be_exported_is_not_found(cast: Any, review_text: Any, kind: str) -> None:
    review = review_text(cast.lin.actor)
    before = state_of(cast.hemu)
    with pytest.raises(NotFound):
        export(cast.lin.actor, review, kind)
    assert state_of(cast.hemu) == before


def test_an_unfinished_review_has_nothing_to_export(cast: Any) -> None:
    received = receiving.receive_text(actor=cast.lin.actor, text=SAMPLE, wish=receiving.wish({}))
    with pytest.raises(NotYetReviewed):
        export(cast.lin.actor, received.review, "redline")


def test_a_batch_is_reviewed_one_after_the_other_and_becomes_a_grid(cast: Any, make_docx: Any) -> None:
    given = [
        batches.Given(f"{number}.docx", [make_docx([f"合同{number}", SAMPLE])]) for number in range(1, 4)
    ]
    given.insert(1, batches.Given("broken.pdf", [b"%PDF-1.7\n1 0 obj\n<<"]))
    given.append(batches.Given("empty.docx", [b""]))
    taken = batches.receive(
        actor=cast.lin.actor, name="供应商合同", given=given, wish=receiving.wish({"side": "甲方"})
    )
    assert [name for name, _error in taken.refused] == ["empty.docx"]
    for _round in range(6):
        run_waiting_jobs(cast.lin.actor)

    assert selectors.progress_of(taken.batch) == {"total": 4, "done": 3, "failed": 1, "waiting": 0}
    with tenancy.scope(cast.hemu.pk):
        rows = list(selectors.newest_reviews(cast.lin.actor).filter(contract__batch=taken.batch))
        made = exporting.export_grid(
            actor=cast.lin.actor, reviews=rows, title="供应商合同", ending="csv", batch=taken.batch
        )
    read = list(csv.reader(io.StringIO(made.data.decode("utf-8-sig"))))
    assert len([row for row in read if any("合同" in cell or "CN" in cell for cell in row)]) >= 3
    assert verbs_of(cast.hemu)[-1] == "contract_batch.exported"


def test_a_stopped_batch_keeps_what_waits_until_somebody_goes_on(cast: Any, make_docx: Any) -> None:
    given = [batches.Given(f"{n}.docx", [make_docx([f"合同{n}", SAMPLE])]) for n in range(3)]
    batch = batches.receive(actor=cast.lin.actor, name="many", given=given, wish=receiving.wish({})).batch
    run_waiting_jobs(cast.lin.actor)
    url = f"/contract-review/batches/{batch.pk}/"

    assert cast.lin.client.post(f"{url}stop/").status_code == 302

    run_waiting_jobs(cast.lin.actor)
    page = cast.lin.client.get(url).content.decode()
    assert "/go-on/" in page
    assert 'hx-trigger="every 2s"' not in page
    assert selectors.progress_of(batch) == {"total": 3, "done": 1, "failed": 0, "waiting": 2}
    assert cast.lin.client.post(f"{url}stop/").status_code == 302
    assert verbs_of(cast.hemu, subject=batch.pk).count("contract_batch.stopped") == 1

    assert cast.lin.client.post(f"{url}go-on/").status_code == 302

    for _round in range(4):
        run_waiting_jobs(cast.lin.actor)
    assert selectors.progress_of(batch) == {"total": 3, "done": 3, "failed": 0, "waiting": 0}


@pytest.fixture
def two_wait(cast: Any, make_docx: Any) -> Any:
    """A batch of three contracts, of which one is reviewed."""
    given = [batches.Given(f"{n}.docx", [make_docx([f"合同{n}", SAMPLE])]) for n in range(3)]
    batch = batches.receive(actor=cast.lin.actor, name="many", given=given, wish=receiving.wish({})).batch
    run_waiting_jobs(cast.lin.actor)
    return batch


LEFT = {"total": 3, "done": 1, "failed": 0, "waiting": 2}


def test_a_batch_is_stopped_and_gone_on_with_by_rest(cast: Any, two_wait: Any) -> None:
    url = f"/api/v1/contract-batches/{two_wait.pk}"
    begun = len(verbs_of(cast.hemu))

    stopped = cast.lin.client.post(f"{url}/stop", {}, content_type="application/json")
    assert (stopped.status_code, stopped.json()["stopped"], stopped.json()["progress"]) == (200, True, LEFT)
    run_waiting_jobs(cast.lin.actor)
    assert cast.lin.client.get(url).json()["progress"] == LEFT

    gone_on = cast.lin.client.post(f"{url}/go-on", {}, content_type="application/json")
    assert (gone_on.status_code, gone_on.json()["stopped"]) == (200, False)
    assert verbs_of(cast.hemu)[begun:] == ["contract_batch.stopped", "contract_batch.resumed"]

    for _round in range(4):
        run_waiting_jobs(cast.lin.actor)
    assert selectors.progress_of(two_wait) == {"total": 3, "done": 3, "failed": 0, "waiting": 0}


def test_who_does_not_see_a_batch_stops_none(cast: Any, two_wait: Any) -> None:
    before = state_of(cast.hemu)
    for client in (cast.mei.client, cast.omar.client):
        for verb in ("stop", "go-on"):
            url = f"/api/v1/contract-batches/{two_wait.pk}/{verb}"
            assert client.post(url, {}, content_type="application/json").status_code == 404
    assert state_of(cast.hemu) == before


def test_a_batch_is_stopped_and_gone_on_with_from_the_shell(cast: Any, two_wait: Any) -> None:
    as_lin = {"org": cast.hemu.slug, "username": "lin", "json": True}

    def told(*arguments: str) -> Any:
        out = io.StringIO()
        call_command("contract_batches", *arguments, stdout=out, **as_lin)
        return json.loads(out.getvalue())["batches"]

    assert [(one["id"], one["stopped"]) for one in told("list")] == [(str(two_wait.pk), False)]
    assert [one["stopped"] for one in told("stop", str(two_wait.pk))] == [True]
    run_waiting_jobs(cast.lin.actor)
    assert selectors.progress_of(two_wait) == LEFT
    assert [one["stopped"] for one in told("go-on", str(two_wait.pk))] == [False]
    assert verbs_of(cast.hemu, subject=two_wait.pk) == [
        "contract_batch.received", "contract_batch.stopped", "contract_batch.resumed",
    ]  # fmt: skip


def test_the_shell_touches_no_batch_where_one_of_them_is_unknown(
    cast: Any, two_wait: Any, capsys: Any
) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(CommandError, match="unknown_contract"):
        call_command("contract_batches", "stop", str(two_wait.pk), "1", org=cast.hemu.slug, username="lin")
    with pytest.raises(CommandError, match="invalid_input"):
        call_command("contract_batches", "go-on", org=cast.hemu.slug, username="lin")
    assert state_of(cast.hemu) == before


def test_others_work_gets_between_two_contracts_of_a_batch(cast: Any, make_docx: Any) -> None:
    given = [batches.Given(f"{n}.docx", [make_docx([f"合同{n}", SAMPLE])]) for n in range(3)]
    batches.receive(actor=cast.lin.actor, name="many", given=given, wish=receiving.wish({}))
    jobs = apps.get_model("jobs", "Job").objects.filter(kind="contract_review.batch")
    with tenancy.scope(cast.hemu.pk):
        assert jobs.filter(state="queued").count() == 1
    run_waiting_jobs(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        assert jobs.filter(state="succeeded").count() == 1
        assert jobs.filter(state="queued").count() == 1
