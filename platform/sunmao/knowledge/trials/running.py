"""Trying many questions as a job: the cases of a base, or the lines of a file.

The questions are rows before the job begins, and each is filled in when it was tried: a worker that dies is
followed by one that goes on where it ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, TooLong
from sunmao.core.ids import reference
from sunmao.core.texts import sound
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge import retrieval
from sunmao.knowledge.embedding import questions
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.trials import expecting
from sunmao.knowledge.trials.comparing import DEPTHS, Outcome, change, figures
from sunmao.knowledge.trials.expecting import Named, Unit
from sunmao.knowledge.trials.lines import Line, Lines, WrongLine
from sunmao.knowledge.trials.models import Case, Expectation, Result, Run
from sunmao.knowledge.trials.selectors import RUN

KIND = "trials.run"
MOST = 5_000
BATCH = 20
Asked = tuple[int, str, list[dict[str, Any]]]


@transaction.atomic
def run_cases(*, actor: Actor, pin: BaseVersion) -> Run:
    """Try every case of the base at this version."""
    actor.require(RUN, base=pin.base.slug)
    with tenancy.scope(actor.organisation_id):
        cases = list(Case.objects.filter(base=pin.base).order_by("created_at", "id"))
        expectations = Expectation.objects.filter(case__base=pin.base).select_related("document")
        units = expecting.units_of(expectations, pin)
        asked = [
            (place, str(case.question), [unit.as_json() for unit in units.get(case.pk, [])])
            for place, case in enumerate(cases, 1)
        ]
        return _start(actor=actor, pin=pin, name="", asked=asked, wrong=[])


@transaction.atomic
def run_lines(*, actor: Actor, pin: BaseVersion, name: str, given: Lines) -> Run:
    """Try the questions of a file. Lines that are none, or that name what the base does not hold, are told
    with their number; the others are tried."""
    actor.require(RUN, base=pin.base.slug)
    with tenancy.scope(actor.organisation_id):
        asked, wrong = _named(pin, given.good)
        wrong = sorted([*given.wrong, *wrong], key=lambda one: one.number)
        named = " ".join(sound(name).split())[:200] or "file"
        return _start(actor=actor, pin=pin, name=named, asked=asked, wrong=wrong)


def _named(pin: BaseVersion, good: Sequence[Line]) -> tuple[list[Asked], list[WrongLine]]:
    pairs = [pair for line in good for pair in line.expected]
    names = Named(pin, documents=[pair[0] for pair in pairs if pair[0]], labels=[pair[1] for pair in pairs])
    asked: list[Asked] = []
    wrong: list[WrongLine] = []
    for line in good:
        units = [names.unit(document=document, label=label) for document, label in line.expected]
        code = next((one for one in units if isinstance(one, str)), "")
        if code:
            wrong.append(WrongLine(line.number, code))
        else:
            known = [one.as_json() for one in units if isinstance(one, Unit)]
            asked.append((line.number, line.question, known))
    return asked, wrong


def _start(
    *, actor: Actor, pin: BaseVersion, name: str, asked: Sequence[Asked], wrong: Sequence[WrongLine]
) -> Run:
    told = [one.as_json() for one in wrong]
    if not asked:
        fields = {f"line {one.number}": one.code for one in wrong[:20]}
        raise InvalidInput(_("There is no question to try."), code="no_questions", fields=fields)
    if len(asked) + len(wrong) > MOST:
        raise TooLong(_("At most 5,000 questions are tried at once."), code="too_many_questions")
    before = Run.objects.filter(base=pin.base, set_name=name, finished_at__isnull=False)
    run = Run.objects.create(
        base=pin.base,
        version=pin.version,
        set_name=name,
        previous=before.first(),
        questions=len(asked),
        wrong=told,
    )
    Result.objects.bulk_create(
        (Result(run=run, place=place, question=text, expected=units) for place, text, units in asked),
        batch_size=500,
    )
    run.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=run.pk)
    run.save(update_fields=["job"])
    audit.record(
        actor=actor,
        verb="trial_run.requested",
        subject=run,
        base=pin.base.slug,
        version=pin.version,
        questions=len(asked),
    )
    return run


def work(lease: Lease) -> dict[str, Any]:
    """The job `trials.run`: its subject is the run."""
    with tenancy.scope(lease.organisation_id):
        run = Run.objects.select_related("base").get(pk=reference(lease.subject_id))
        waiting = list(run.results.filter(tried=False))
        known = _before(run.previous)
    pin, done = BaseVersion(run.base, run.version), run.questions - len(waiting)
    with tenancy.scope(lease.organisation_id):
        # Unlike a question, a run waits: its figures must not depend on luck.
        questions.load([str(one.question) for one in waiting], [run.base_id])
    for start in range(0, len(waiting), BATCH):
        lease.progress(done + start, run.questions)
        with tenancy.scope(lease.organisation_id):
            batch = waiting[start : start + BATCH]
            for one in batch:
                _try(lease.worker, pin, one, known)
            lease.confirm()
            Result.objects.bulk_update(batch, _FILLED)
    return _finish(lease, run)


_FILLED = (
    "tried", "ranks", "rank", "refused", "reason", "relevance", "milliseconds", "hits", "change", "before",
)  # fmt: skip


def _try(worker: Actor, pin: BaseVersion, one: Result, known: Mapping[str, dict[str, Any]]) -> None:
    began = time.perf_counter()
    found = retrieval.retrieve(actor=worker, question=str(one.question), bases=[pin], limit=max(DEPTHS))
    one.milliseconds = round((time.perf_counter() - began) * 1000, 3)
    units = [Unit.of_json(stored) for stored in one.expected]
    outcome = Outcome(
        [expecting.rank_of(unit, found.hits) for unit in units],
        not found.judgement.accepted,
        one.milliseconds,
    )
    one.ranks, one.rank, one.refused = list(outcome.ranks), outcome.rank, outcome.refused
    one.reason, one.relevance = found.judgement.reason, found.judgement.relevance
    one.hits = [str(hit.passage.pk) for hit in found.hits]
    before = known.get(str(one.question))
    one.before = before or {}
    one.change = change(before=before, refused=one.refused, rank=one.rank, judged=bool(units))
    one.tried = True


def _before(previous: Run | None) -> dict[str, dict[str, Any]]:
    """How each question fared in the last run of the set; questions are the same when their words are."""
    results = previous.results.all() if previous else []
    return {str(one.question): {"rank": one.rank, "refused": one.refused} for one in results}


def _finish(lease: Lease, run: Run) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        results = list(run.results.all())
        outcomes = [Outcome(one.ranks, one.refused, one.milliseconds) for one in results]
        run.figures = {**figures(outcomes), "wrong_lines": len(run.wrong), **_compared(run, results)}
        run.finished_at = Now()
        run.save(update_fields=["figures", "finished_at"])
        result = {"run": str(run.pk), **run.figures}
        audit.record(
            actor=lease.worker, verb="trial_run.finished", subject=run, base=run.base.slug, **run.figures
        )
        lease.succeed(result)
    return result


def _compared(run: Run, results: Sequence[Result]) -> dict[str, int]:
    """Counts by change, and how many questions of the last run are not in this one."""
    changes = [one.change for one in results]
    counts = {name: changes.count(name) for name in ("worse", "same", "better", "new")}
    there = {str(one.question) for one in results}
    return {**counts, "left_out": len(set(_before(run.previous)) - there)}


__all__ = ["BATCH", "KIND", "MOST", "run_cases", "run_lines", "work"]
