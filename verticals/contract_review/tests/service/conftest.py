from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from tests.fixtures.knowledge import run_waiting_jobs
from verticals.contract_review.models import Finding, Review
from verticals.contract_review.service import receiving

SAMPLE = (
    "甲方应在合同签订后30日内支付乙方服务费用100万元，若甲方逾期支付，每逾期1日，按逾期金额的5%支付违约金。"
    "乙方应在收到款项后60日内完成项目交付，若乙方逾期交付，无需承担任何违约责任。"
)

ReviewText = Callable[..., Review]


@pytest.fixture
def review_text(cast: Any) -> ReviewText:
    """Paste a text and review it, in this process; returns the review as it then is."""

    def put(actor: Actor, text: str = SAMPLE, **data: Any) -> Review:
        given = {"side": "甲方", "contract_type": "service", **data}
        received = receiving.receive_text(actor=actor, text=text, wish=receiving.wish(given))
        run_waiting_jobs(actor)
        return reread(received.review)

    return put


def reread(review: Review) -> Review:
    with tenancy.scope(review.organisation_id):
        return Review.objects.select_related("contract", "version", "playbook", "job").get(pk=review.pk)


def findings_of(review: Review) -> list[Finding]:
    with tenancy.scope(review.organisation_id):
        return list(review.findings.all())


def docx_of(paragraphs: list[str]) -> bytes:
    """A Word document of these paragraphs."""
    import io

    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def make_docx() -> Callable[[list[str]], bytes]:
    return docx_of
