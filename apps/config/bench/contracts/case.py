"""The case `contracts`: a batch of contracts with its progress, and what others notice of it meanwhile.

The `recall` of a row is the share of reviews (of questions: of answers) that came to their end, `rows` the
findings of one review.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from apps.config.bench.contracts.papers import contracts as papers
from apps.config.bench.figures import case, timed
from apps.config.bench.ingest.worker import queued, worker
from apps.config.bench.options import Options
from apps.config.bench.people import People, people
from apps.config.bench.report import Report
from apps.config.bench.stack import Stack
from apps.config.bench.verdict import at_least, at_most, judge
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.vertical import config_of
from sunmao.releases.sample import seed_vertical
from verticals.contract_review.models import UNDER_WAY, Batch, Finding, Inquiry, Review, ReviewState
from verticals.contract_review.service import batches, inquiries, receiving
from verticals.contract_review.service.receiving import Wish

FINISHED, WAITED, SLOWER = at_least(1), at_most(2), at_most(2)
PATIENCE = 1_200.0
QUESTION = "逾期付款的违约金是多少？"


def contracts(stack: Stack, mine: People, options: Options, report: Report) -> None:
    theirs = people("bench-contracts-others")
    seed_vertical(actor=theirs.system, config=config_of("contract_review"), with_documents=False)
    with queued(), worker(stack, "interactive"), worker(stack, "bulk"):
        options.say(f"contracts: {options.rounds} rounds of others' work while nothing else is done")
        _round(theirs.system, options.seed + 90)
        quiet = [_round(theirs.system, options.seed + 100 + n) for n in range(options.rounds)]
        options.say(f"contracts: receiving {options.batch}")
        batch, took = _received(mine.system, options)
        began = time.perf_counter()
        done_at_first = _done(batch)
        options.say("contracts: the same work while the batch is reviewed")
        busy, progress = [], []
        for number in range(options.rounds):
            busy.append(_round(theirs.system, options.seed + 200 + number))
            progress.append((round(time.perf_counter() - began, 2), _done(batch)))
        still_under_way = _done(batch) < options.batch
        _until(lambda: _done(batch) == options.batch, "the batch")
        whole = time.perf_counter() - began
    if not still_under_way:
        report.skip("contracts.meanwhile", "the batch was done before the others were; ask for a larger one")
        return
    job = whole / max(1, options.batch - done_at_first)
    ready, findings = _ended(batch)
    share, answered = _their_share(theirs.system), _their_answers(theirs.system)
    steps = {f"done_after_{seconds:g}_s": count for seconds, count in progress}
    report.add(
        cases=[
            case("contracts.received", [took / options.batch], recall=1, nret=0),
            case(
                "contracts.batch", [job], recall=ready, nret=findings,
                params={"contracts": options.batch, "seconds": round(whole, 1), **steps},
            ),
            *(
                case(f"contracts.{what}_{when}", [lap[what] for lap in laps], nret=0,
                     recall=answered if what == "question" else share)
                for when, laps in (("quiet", quiet), ("busy", busy))
                for what in ("review", "question", "batch_of_one")
            ),
        ],
        ratios=[
            judge("contracts.finished", num="finished", den="received", values=[ready], goal=FINISHED),
            judge("contracts.jobs_waited_for", num="wait of another's batch of one", den="one review",
                  values=_waits(quiet, busy, job), goal=WAITED),
            judge("contracts.review_busy", num="during the batch", den="quiet",
                  values=_slower(quiet, busy, "review"), goal=SLOWER),
            judge("contracts.question_busy", num="during the batch", den="quiet",
                  values=_slower(quiet, busy, "question"), goal=SLOWER),
        ],
    )  # fmt: skip


Laps = dict[str, float]


def _round(actor: Actor, seed: int) -> Laps:
    """One review, one question about it, and a batch of one, each until it has ended."""
    (name, data), (_, other) = papers(2, seed=seed)
    found: list[Review] = []

    def review() -> None:
        found.append(receiving.receive_file(actor=actor, name=name, chunks=[data], wish=Wish()).review)
        _until(lambda: _has_ended(found[0]), "a review")
        with tenancy.scope(actor.organisation_id):
            found[0].refresh_from_db()

    def question() -> None:
        asked = inquiries.ask(actor=actor, review=found[0], question=QUESTION)
        _until(lambda: _is_answered(asked), "a question")

    def batch_of_one() -> None:
        given = [batches.Given(f"{seed}.docx", [other])]
        made = batches.receive(actor=actor, name=f"{seed}", given=given, wish=Wish()).batch
        _until(lambda: _done(made) == 1, "a batch of one")

    return {"review": timed(review), "question": timed(question), "batch_of_one": timed(batch_of_one)}


def _received(actor: Actor, options: Options) -> tuple[Batch, float]:
    given = [batches.Given(name, [data]) for name, data in papers(options.batch, seed=options.seed)]
    began = time.perf_counter()
    made = batches.receive(actor=actor, name="bench", given=given, wish=Wish()).batch
    return made, time.perf_counter() - began


def _until(ended: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ended():
        if time.monotonic() > deadline:
            raise RuntimeError(f"The workers did not end {what}.")
        time.sleep(0.01)


def _reviews(batch: Batch) -> Any:
    return Review.objects.filter(contract__batch=batch.pk)


def _done(batch: Batch) -> int:
    with tenancy.scope(batch.organisation_id):
        return int(_reviews(batch).exclude(state__in=UNDER_WAY).count())


def _has_ended(review: Review) -> bool:
    with tenancy.scope(review.organisation_id):
        return Review.objects.filter(pk=review.pk).exclude(state__in=UNDER_WAY).exists()


def _is_answered(inquiry: Inquiry) -> bool:
    with tenancy.scope(inquiry.organisation_id):
        inquiry.refresh_from_db()
        return bool(inquiry.answer or inquiry.error)


def _ended(batch: Batch) -> tuple[float, float]:
    """(share that people can decide about, findings of one)."""
    with tenancy.scope(batch.organisation_id):
        ready = _reviews(batch).filter(state=ReviewState.AWAITING_HUMAN).count()
        findings = Finding.objects.filter(review__contract__batch=batch.pk).count()
    return ready / batch.total, round(findings / max(1, ready), 2)


def _their_share(actor: Actor) -> float:
    with tenancy.scope(actor.organisation_id):
        ready = Review.objects.filter(state=ReviewState.AWAITING_HUMAN).count()
        return float(ready / max(1, Review.objects.count()))


def _their_answers(actor: Actor) -> float:
    with tenancy.scope(actor.organisation_id):
        return float(sum(bool(one.answer) for one in Inquiry.objects.all()) / max(1, Inquiry.objects.count()))


def _median(laps: Sequence[Laps], what: str) -> float:
    return statistics.median(lap[what] for lap in laps)


def _waits(quiet: Sequence[Laps], busy: Sequence[Laps], job: float) -> list[float]:
    """How many reviews of the batch somebody else's batch waits for, per round."""
    alone = _median(quiet, "batch_of_one")
    return [max(0.0, lap["batch_of_one"] - alone) / job for lap in busy]


def _slower(quiet: Sequence[Laps], busy: Sequence[Laps], what: str) -> list[float]:
    alone = _median(quiet, what)
    return [lap[what] / alone for lap in busy]
