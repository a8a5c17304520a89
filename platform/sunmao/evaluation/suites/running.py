"""Measuring a release on a suite, as a job.

The cases are rows before the job begins, and each is filled in when it was tried: a worker that dies is
followed by one that goes on where it ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.selectors import actor_in_role
from sunmao.answering.rehearsing import Rehearsed, can_rehearse, rehearse
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, SunmaoError
from sunmao.core.ids import reference
from sunmao.core.vertical import config_of
from sunmao.evaluation.checks import Answered, apply, judges_in
from sunmao.evaluation.judging.refereeing import Judges
from sunmao.evaluation.models import Result, Run, Suite
from sunmao.evaluation.selectors import RUN, cases_at
from sunmao.evaluation.suites.figures import Outcome, against, compare, figures
from sunmao.guards.pins import in_force
from sunmao.inference.registry import named
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.knowledge.encoders import encoder_for
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.text.language import language_of
from sunmao.releases.models import Release

KIND = "evaluation.run"


@transaction.atomic
def start(*, actor: Actor, suite: Suite, release: Release, queued: bool = True) -> Run:
    """Try every case of the suite with this release. Without `queued` the caller does the work itself."""
    actor.require(RUN)
    if (suite.vertical, suite.task) != (release.vertical, release.task):
        raise InvalidInput(fields={"release": _("is of another task than the suite")})
    if not can_rehearse(release.task_name):
        raise Conflict(_("Answers of this task cannot be rehearsed."), code="cannot_rehearse")
    with tenancy.scope(actor.organisation_id):
        suite = Suite.objects.get(pk=suite.pk)
        cases = list(cases_at(suite, suite.version))
        if not cases:
            raise Conflict(_("The suite has no cases yet."), code="no_cases")
        run = Run.objects.create(
            suite=suite,
            version=suite.version,
            release=release,
            setting=setting_of(release),
            previous=_previous(suite, release),
        )
        Result.objects.bulk_create((Result(run=run, case=case) for case in cases), batch_size=500)
        if queued:
            run.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=run.pk)
            run.save(update_fields=["job"])
        audit.record(
            actor=actor,
            verb="evaluation.requested",
            subject=run,
            task=suite.task_name,
            suite=suite.slug,
            version=suite.version,
            release=release.number,
            cases=len(cases),
        )
    return run


def setting_of(release: Release) -> dict[str, Any]:
    """What decides about its answers and is not pinned: the model behind its engine, and the guards."""
    return {
        "engine": named(release.engine),
        "guards": in_force(config_of(release.vertical).folder),
    }


def knowledge_of(release: Release) -> dict[str, int]:
    """The versions that it reads now, whoever asks. In the organisation's scope."""
    everybody = Actor(
        kind="system", id=None, organisation_id=release.organisation_id, name="worker", language="zh-hans"
    )
    return {pin.base.slug: pin.version for pin in pinned(actor=everybody, bases=release.bases)}


def _previous(suite: Suite, release: Release) -> Run | None:
    """The last run of the release's parent, which is what a change is compared with; else the last of all."""
    done = Run.objects.filter(suite=suite, finished_at__isnull=False)
    of_parent = done.filter(release=release.parent).first() if release.parent_id else None
    return of_parent or done.first()


def work(lease: Lease) -> dict[str, Any]:
    """The job `evaluation.run`: its subject is the run."""
    run = measure(lease=lease, run_id=lease.subject_id)
    with tenancy.scope(lease.organisation_id):
        result = {"run": str(run.pk), **run.figures}
        lease.succeed(result)
    return result


def measure(*, lease: Lease, run_id: object, base: int = 0, total: int = 0) -> Run:
    """Try what was not tried yet, and sum it up. `base` of `total` steps of the job were done before."""
    with tenancy.scope(lease.organisation_id):
        run = Run.objects.select_related("suite", "release", "release__parent", "previous").get(
            pk=reference(run_id)
        )
        results = list(run.results.select_related("case"))
        before = passed_in(run.previous)
        waiting = [one for one in results if one.passed is None]
        judges = Judges({name for one in waiting for name in judges_in(one.case.checks)})
        said = _said_in(run.previous) if judges.asked else {}
        suite = run.suite
        asker = actor_in_role(
            organisation_id=suite.organisation_id, role=suite.role, language=lease.worker.language
        )
    for language in {language_of(str(one.case.data.get("question", ""))) for one in waiting}:
        encoder_for(language)  # unlike a question, a run waits: its figures must not depend on luck
    done = base + len(results) - len(waiting)
    for number, one in enumerate(waiting):
        lease.progress(done + number, total or len(results))
        told = rehearse(actor=asker, release=run.release, data=one.case.data)
        checks, error = _checked(one, told, said.get(one.case_id, ""), judges)
        with tenancy.scope(lease.organisation_id):
            lease.confirm()
            _fill(one, told, checks, error, before)
    return _finish(lease, run, results)


def passed_in(run: Run | None) -> dict[str, bool]:
    """Which cases passed in a run, by their id."""
    tried = run.results.filter(passed__isnull=False).values_list("case_id", "passed") if run else []
    return {str(case): bool(passed) for case, passed in tried}


def _said_in(run: Run | None) -> dict[UUID, str]:
    """What was answered in a run, by case."""
    return {one.case_id: str(one.answer) for one in run.results.all()} if run else {}


def _checked(one: Result, told: Rehearsed, before: str, judges: Judges) -> tuple[list[dict[str, Any]], str]:
    """Outside the database: a judge may take its time. One that cannot be asked is an error of the case."""
    answered = replace(_answered(told), question=one.case.asked, before=before, referee=judges)
    try:
        return apply(one.case.checks, answered), _error(told)
    except SunmaoError as error:
        return [], error.code


def _fill(
    one: Result, told: Rehearsed, checks: list[dict[str, Any]], error: str, before: Mapping[str, bool]
) -> None:
    one.answer, one.outcome, one.error = told.text, told.outcome, error
    one.checks = checks
    one.passed = not one.error and all(check["passed"] for check in one.checks)
    one.citations, one.model = list(told.citations), told.model
    one.seconds, one.tokens = told.seconds, told.tokens
    known = before.get(str(one.case_id))
    changed = "better" if one.passed else "worse"
    one.change = "new" if known is None else "same" if known == one.passed else changed
    one.save()


def _error(told: Rehearsed) -> str:
    """A refused question is an outcome; whatever else went wrong is an error."""
    return told.error if told.outcome == "failed" else ""


def _answered(told: Rehearsed) -> Answered:
    return Answered(
        text=told.text,
        outcome=told.outcome,
        language=told.language,
        findings=told.findings,
        read=told.read,
        cited=told.cited,
        seconds=told.seconds,
        tokens=told.tokens,
    )


def outcomes_of(results: Sequence[Result]) -> list[Outcome]:
    return [
        Outcome(
            case=str(one.case_id),
            passed=bool(one.passed),
            slices=one.case.slices,
            checks=[(check["kind"], check["passed"], check["score"]) for check in one.checks],
            labels=[(check["label"][0], check["label"][1]) for check in one.checks if check.get("label")],
            seconds=one.seconds,
            tokens=one.tokens,
            error=one.error,
        )
        for one in results
    ]


def _finish(lease: Lease, run: Run, results: Sequence[Result]) -> Run:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        outcomes = outcomes_of(results)
        changes = compare(passed_in(run.previous), outcomes)
        run.figures = {
            **figures(outcomes),
            "difference": against(passed_in(run.previous), outcomes),
            "worse": len(changes.worse),
            "better": len(changes.better),
            "new": len(changes.new),
        }
        run.knowledge = knowledge_of(run.release)
        run.finished_at = Now()
        run.save(update_fields=["figures", "knowledge", "finished_at"])
        run.refresh_from_db(fields=["finished_at"])
        audit.record(
            actor=lease.worker,
            verb="evaluation.finished",
            subject=run,
            task=run.suite.task_name,
            suite=run.suite.slug,
            version=run.version,
            release=run.release.number,
            pass_rate=run.figures["pass_rate"],
            cases=run.figures["cases"],
        )
    return run


__all__ = [
    "KIND", "knowledge_of", "measure", "outcomes_of", "passed_in", "setting_of", "start", "work",
]  # fmt: skip
