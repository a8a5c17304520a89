"""A review from its beginning to the moment when people decide.

`begin` pins what the review stands on and queues the job. The job reads the file, applies the rules, asks the
model where one serves, and publishes all findings in one transaction that confirms the lease.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from sunmao.accounts import quotas
from sunmao.answering.counting import tokens_in
from sunmao.answering.pipeline import detail_of
from sunmao.audit import services as audit
from sunmao.audit.carrying import carried, resume
from sunmao.core import files, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import SunmaoError
from sunmao.guards.label import label
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from verticals.contract_review import domain, selectors
from verticals.contract_review.models import (
    UNDER_WAY,
    Contract,
    ContractVersion,
    Finding,
    Review,
    ReviewState,
)
from verticals.contract_review.service import engine, model_findings, papers
from verticals.contract_review.service.errors import ContractUnreadable
from verticals.contract_review.service.rights import TASK

if TYPE_CHECKING:
    from verticals.contract_review.service.receiving import Wish

log = structlog.get_logger(__name__)

LONGEST = 2_000_000


def begin(*, actor: Actor, version: ContractVersion, wish: Wish, queue: bool = True) -> Review:
    """In the caller's transaction. Whatever was open about the contract before is superseded."""
    contract = version.contract
    playbook = selectors.playbook_for(contract_type=wish.contract_type, side=wish.side)
    _supersede(contract)
    review = Review.objects.create(
        contract=contract,
        version=version,
        owner_id=actor.id,
        owner_kind=actor.kind,
        owner_language=actor.language,
        person_key=contract.person_key,
        side=wish.side,
        contract_type=wish.contract_type,
        strictness=wish.strictness,
        focus=list(wish.focus),
        as_of=wish.as_of,
        playbook=playbook,
        four_eyes=playbook.four_eyes if playbook else False,
        parameters=engine.snapshot_of(selectors.parameters(), wish.as_of),
    )
    quotas.reserve(actor=actor, work_id=review.pk)
    audit.record(
        actor=actor,
        verb="contract_review.begun",
        subject=review,
        task=TASK,
        contract=str(contract.pk),
        version=version.number,
        side=wish.side,
    )
    if queue:
        enqueue(actor=actor, review=review)
    return review


def enqueue(*, actor: Actor, review: Review) -> None:
    review.job = jobs.enqueue(
        actor=actor, kind="contract_review.review", subject_id=review.pk, payload=carried(actor)
    )
    review.save(update_fields=["job"])


def again(*, actor: Actor, review: Review) -> Review:
    """Review the same version with today's rules and figures; the old review is superseded."""
    from verticals.contract_review.service.receiving import Wish

    with tenancy.scope(actor.organisation_id):
        wish = Wish(
            side=review.side,  # type: ignore[arg-type]
            contract_type=review.contract.contract_type,
            strictness=review.strictness,
            focus=tuple(review.focus),
        )
        return begin(actor=actor, version=review.version, wish=wish)


def _supersede(contract: Contract) -> None:
    """A review that is signed off stays what it is."""
    older = Review.objects.filter(contract=contract)
    for one in older.filter(state__in=UNDER_WAY).select_related("job"):
        if one.job and not one.job.has_ended:
            jobs.supersede(job=one.job)
        quotas.give_back(work_id=one.pk)
    older.filter(state__in=[*UNDER_WAY, ReviewState.AWAITING_HUMAN, ReviewState.FAILED]).update(
        state=ReviewState.SUPERSEDED
    )


def abandon(*, contract: Contract) -> None:
    """The contract is removed: nothing more is to be worked on."""
    _supersede(contract)


def work(lease: Lease) -> dict[str, Any]:
    """The job `contract_review.review`: its subject is a review."""
    resume(lease.payload, organisation_id=lease.organisation_id)
    try:
        return run(lease=lease, review_id=lease.subject_id)
    except SunmaoError as error:
        fail(organisation_id=lease.organisation_id, review_id=lease.subject_id, error=error)
        raise


@dataclass
class Done:
    """Everything that publishing writes, computed beforehand."""

    paper: papers.Paper
    rules: domain.Review
    contents: list[dict[str, Any]]
    model: model_findings.Outcome
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)


def run(*, lease: Lease, review_id: Any) -> dict[str, Any]:
    began = time.perf_counter()
    with tenancy.scope(lease.organisation_id):
        review = Review.objects.select_related("contract", "version", "playbook").get(pk=review_id)
    if not _step(lease, review, ReviewState.PARSING):
        return _nothing(lease, review)
    lease.progress(0, 3)
    paper = _read(lease, review.version)
    _step(lease, review, ReviewState.ANALYSING)
    lease.progress(1, 3)
    found = examine(text=paper.text, review=review)
    lease.progress(2, 3)
    second = model_findings.look(text=paper.text, review=review, rules=found, still_wanted=lease.renew)
    contents = [row_of(one, paper.text) for one in found.findings]
    done = Done(paper=paper, rules=found, contents=contents, model=second)
    done.rows = _ranked(model_findings.merged(contents, second), len(paper.text))
    done.seconds = round(time.perf_counter() - began, 3)
    return _publish(lease, review, done)


def examine(*, text: str, review: Review) -> domain.Review:
    return engine.review(
        text=text,
        side=review.side,
        contract_type=review.contract_type,
        as_of=review.as_of,
        parameters=review.parameters,
        settings=review.playbook.settings if review.playbook else {},
        strictness=review.strictness,
        focus=review.focus,
        language="",
    )


def row_of(one: domain.Finding, text: str) -> dict[str, Any]:
    return {**_columns(one), "content": engine.content_of(one, text)}


def _columns(one: domain.Finding) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "source": one.source,
        "severity": one.severity,
        "score": one.score,
        "effect": one.effect,
        "legality": one.legality,
    }


def _ranked(rows: Sequence[dict[str, Any]], end: int) -> list[dict[str, Any]]:
    def place(row: dict[str, Any]) -> tuple[int, int, str]:
        spans = row["content"]["spans"]
        return (-row["score"], spans[0]["start"] if spans else end, row["rule"])

    return sorted(rows, key=place)


def _step(lease: Lease, review: Review, state: ReviewState) -> bool:
    """The next state, unless the review was superseded meanwhile. A job that is tried again begins anew."""
    with tenancy.scope(lease.organisation_id):
        workable = Review.objects.filter(pk=review.pk, state__in=[*UNDER_WAY, ReviewState.FAILED])
        return bool(workable.update(state=state, error={}))


def _nothing(lease: Lease, review: Review) -> dict[str, Any]:
    result = {"review_id": str(review.pk), "outcome": "superseded"}
    if lease.subject_id == review.pk:
        with tenancy.scope(lease.organisation_id):
            lease.succeed(result)
    return result


def _read(lease: Lease, version: ContractVersion) -> papers.Paper:
    if version.kind == "text" or str(version.text):
        return papers.Paper(
            text=str(version.text),
            kind=version.kind,
            remarks=version.remarks,
            pages=version.pages,
            needs_ocr=version.needs_ocr,
        )
    data = files.read(organisation_id=lease.organisation_id, sha256=version.sha256)
    paper = papers.read(data, name=str(version.name), still_wanted=lease.renew)
    if not paper.text.strip():
        raise ContractUnreadable(code="needs_ocr" if paper.needs_ocr else "no_contract_text")
    if len(paper.text) > LONGEST:
        raise ContractUnreadable(code="contract_too_long")
    return paper


def _publish(lease: Lease, review: Review, done: Done) -> dict[str, Any]:
    """One transaction: the text, the findings, the state, the audit entry and the end of the job."""
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        current = Review.objects.select_for_update().get(pk=review.pk)
        if current.state not in UNDER_WAY:
            return _nothing(lease, review)
        _keep_text(review.version, done.paper)
        current.findings.all().delete()
        Finding.objects.bulk_create(
            [
                Finding(review=current, ordinal=number, person_key=current.person_key, **row)
                for number, row in enumerate(done.rows, start=1)
            ]
        )
        result = _close(current, done)
        audit.record(
            actor=lease.worker, verb="contract_review.finished", subject=current, task=TASK, **result
        )
        if lease.subject_id == review.pk:
            lease.succeed(result)
    return result


def _keep_text(version: ContractVersion, paper: papers.Paper) -> None:
    if version.kind == "text" or str(version.text):
        return
    version.text, version.kind, version.remarks = paper.text, paper.kind, paper.remarks
    version.pages, version.needs_ocr = paper.pages, paper.needs_ocr
    version.save(update_fields=["text", "kind", "remarks", "pages", "needs_ocr"])


def _close(review: Review, done: Done) -> dict[str, Any]:
    rules, second = done.rules, done.model
    review.state, review.verdict, review.language = ReviewState.AWAITING_HUMAN, rules.verdict, rules.language
    review.contract_type, review.ruleset_version = rules.contract_type, rules.ruleset_version
    review.result = engine.result_of(rules)
    review.counts = dict(Counter(row["severity"] for row in done.rows))
    review.engine, review.model = second.engine, second.model
    review.release_id, review.prompt_version_id = second.release_id, second.prompt_version_id
    review.model_notes = second.notes
    kind = "generated" if second.contributed else "rules"
    review.label = label(kind=kind, produce_id=str(review.pk), text=done.paper.text).stored()  # type: ignore[arg-type]
    review.seconds, review.finished_at, review.error = done.seconds, now(), {}
    review.save()
    quotas.settle(work_id=review.pk, tokens=tokens_in(second.prompts, second.texts) if second.prompts else 0)
    return {
        "review_id": str(review.pk),
        "verdict": review.verdict,
        "findings": len(done.rows),
        "counts": review.counts,
        "ruleset": review.ruleset_version,
        "playbook": str(review.playbook_id) if review.playbook_id else None,
        "as_of": review.as_of.isoformat(),
        "engine": review.engine,
        "model": review.model,
        "prompt_version": str(review.prompt_version_id) if review.prompt_version_id else None,
        "model_notes": review.model_notes,
        "seconds": review.seconds,
    }


def fail(*, organisation_id: Any, review_id: Any, error: SunmaoError) -> None:
    """The review keeps its reason, in both languages."""
    with tenancy.scope(organisation_id):
        open_ = Review.objects.filter(pk=review_id, state__in=UNDER_WAY)
        if not open_.update(state=ReviewState.FAILED, error=detail_of(error), finished_at=now()):
            return
        quotas.give_back(work_id=review_id)
        review = Review.objects.get(pk=review_id)
        worker = Actor(
            kind="system", id=None, organisation_id=organisation_id, name="worker", language="zh-hans"
        )
        audit.record(actor=worker, verb="contract_review.failed", subject=review, task=TASK, code=error.code)


__all__ = ["abandon", "again", "begin", "enqueue", "fail", "run", "work"]
