"""The verbs of the tasks `contract_review.review` and `contract_review.ask` with a `review_id`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.answering.running import GivenFile, Work
from sunmao.answering.services import AnswerFailed
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from verticals.contract_review.models import Inquiry, Review, ReviewState
from verticals.contract_review.service import inquiries, presenting, receiving

FIELDS = (
    "text",
    "file",
    "side",
    "contract_type",
    "title",
    "as_of",
    "strictness",
    "focus",
    "training_consent",
)


def review(*, actor: Actor, data: Mapping[str, Any], file: GivenFile | None = None) -> Work:
    """`{text | file, side, contract_type}`: a contract of its own, reviewed by the workers."""
    _only(data, FIELDS)
    wish = receiving.wish(data)
    if file is not None:
        received = receiving.receive_file(
            actor=actor, name=file.name, chunks=file.chunks, wish=wish, anew=True
        )
    else:
        received = receiving.receive_text(actor=actor, text=data.get("text") or "", wish=wish, anew=True)
    return work_of(received.review)


def work_of(review: Review) -> Work:
    assert review.job is not None  # noqa: S101  a single review is always queued
    reference = {"review_id": str(review.pk), "contract_id": str(review.contract_id)}
    return Work(job=review.job, reference=reference, result=lambda: result_of(review))


def result_of(review: Review) -> dict[str, Any]:
    with tenancy.scope(review.organisation_id):
        done = Review.objects.select_related("contract", "version", "playbook").get(pk=review.pk)
        if done.state == ReviewState.FAILED or not done.finished_at:
            raise AnswerFailed(done.error or {"code": "review_not_finished", "status": 409})
        return presenting.task_result(done)


def ask_about(*, actor: Actor, data: Mapping[str, Any], file: GivenFile | None = None) -> Work:
    """`{question, review_id}`: an answer from the clauses of one contract."""
    _only(data, ("question", "review_id"))
    if file is not None:
        raise InvalidInput(fields={"file": _("is not a field of this task")})
    question = data.get("question") or ""
    if not isinstance(question, str):
        raise InvalidInput(fields={"question": _("must be text")})
    with tenancy.scope(actor.organisation_id):
        found = visible(actor, "contract_review", data.get("review_id"))
    inquiry = inquiries.ask(actor=actor, review=found, question=question)
    assert inquiry.job is not None  # noqa: S101
    return Work(
        job=inquiry.job,
        reference={"inquiry_id": str(inquiry.pk), "review_id": str(found.pk)},
        result=lambda: _answer_of(inquiry),
    )


def _answer_of(inquiry: Inquiry) -> dict[str, Any]:
    with tenancy.scope(inquiry.organisation_id):
        inquiry.refresh_from_db()
        if not inquiry.answer:
            raise AnswerFailed(inquiry.error or {"code": "internal_error", "status": 500})
        return presenting.inquiry(inquiry)


def _only(data: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    wrong = {str(name): _("is not a field of this task") for name in data if name not in allowed}
    if wrong:
        raise InvalidInput(fields=wrong)
