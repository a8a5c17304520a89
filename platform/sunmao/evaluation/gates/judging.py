"""The gate of a release, as a job: every suite that gates its task, on it and on the release that serves.

Nothing is judged by halves: a suite that changed since, knowledge that moved under a release pinned to the
newest, another model behind its engine, other guards, or another release that serves by now, is found when
the release is promoted, because the report and its runs name all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.answering.rehearsing import can_rehearse
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.ids import reference
from sunmao.evaluation.gates.adapters import reasons_of
from sunmao.evaluation.judging.refereeing import unfit
from sunmao.evaluation.models import Run, Suite
from sunmao.evaluation.selectors import cases_at, gating
from sunmao.evaluation.suites.figures import compare, reasons
from sunmao.evaluation.suites.running import (
    knowledge_of,
    measure,
    outcomes_of,
    passed_in,
    setting_of,
    start,
)
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job, JobState
from sunmao.releases.composing import COMPOSE
from sunmao.releases.judging import OPEN, keep_report
from sunmao.releases.models import GateReport, Release
from sunmao.releases.selectors import serving

KIND = "evaluation.gate"


@dataclass(frozen=True)
class Judged:
    """A suite with the run of the candidate and that of the release that serves, if one does."""

    suite: Suite
    candidate: Run
    baseline: Run | None


@transaction.atomic
def request(*, actor: Actor, release: Release) -> Job:
    """Have the gate judge a candidate; a job, because every case is answered anew."""
    actor.require(COMPOSE)
    with tenancy.scope(actor.organisation_id):
        release = Release.objects.select_for_update().get(pk=release.pk)
        if release.state not in OPEN:
            raise Conflict(_("This release is no candidate any more."), code="no_candidate")
        if not can_rehearse(release.task_name):
            raise Conflict(_("Answers of this task cannot be rehearsed."), code="cannot_rehearse")
        running = Job.objects.filter(
            kind=KIND, subject_id=release.pk, state__in=[JobState.QUEUED, JobState.RUNNING]
        )
        if running.exists():
            raise Conflict(_("The gate is judging this release already."), code="gate_running")
        job = jobs.enqueue(actor=actor, kind=KIND, subject_id=release.pk)
        audit.record(
            actor=actor,
            verb="gate.requested",
            subject=release,
            task=release.task_name,
            number=release.number,
        )
    return job


def work(lease: Lease) -> dict[str, Any]:
    """The job `evaluation.gate`: its subject is the release."""
    with tenancy.scope(lease.organisation_id):
        release = Release.objects.get(pk=reference(lease.subject_id))
        baseline = serving(vertical=release.vertical, task=release.task)
        baseline = None if baseline and baseline.pk == release.pk else baseline
        suites = list(gating(vertical=release.vertical, task=release.task))
        sizes = {suite.pk: cases_at(suite, suite.version).count() for suite in suites}
    total, done, judged = 2 * sum(sizes.values()), 0, []
    for suite in suites:
        if not sizes[suite.pk]:
            continue
        before = _measured(lease, suite, baseline, done, total) if baseline else None
        after = _measured(lease, suite, release, done + sizes[suite.pk], total)
        judged.append(Judged(suite, after, before))
        done += 2 * sizes[suite.pk]
    beside = reasons_of(lease, release) + _unfit_judges(lease, judged)
    return _settle(lease, release, baseline, judged, beside)


def _unfit_judges(lease: Lease, judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """A judge that nobody held against people, or that people disagree with, decides about no release."""
    found = []
    with tenancy.scope(lease.organisation_id):
        for one in judged:
            cases = cases_at(one.suite, one.candidate.version)
            checks = [check for case in cases for check in case.checks]
            found += [{"suite": one.suite.slug, **reason} for reason in unfit(checks)]
    return found


def _measured(lease: Lease, suite: Suite, release: Release, done: int, total: int) -> Run:
    """A run of this release at this version of the suite and of the knowledge: an unfinished one of this job
    goes on, a finished one of the release that serves is taken as it is."""
    with tenancy.scope(lease.organisation_id):
        known = Run.objects.filter(suite=suite, version=suite.version, release=release, job=None).first()
        fresh = known is None or not _holds(known)
        run = start(actor=lease.worker, suite=suite, release=release, queued=False) if fresh else known
    assert run is not None  # noqa: S101
    if run.finished_at is not None:
        return run
    return measure(lease=lease, run_id=run.pk, base=done, total=total)


def _holds(run: Run) -> bool:
    """Whether what the run found, or has begun to find, is what would be found now."""
    return not any(_moved(run))


def _moved(run: Run) -> Iterator[str]:
    """What its answers depend on and is not what it was."""
    setting = setting_of(run.release)
    yield from (name for name in setting if run.setting.get(name) != setting[name])
    if run.finished_at is not None and run.knowledge != knowledge_of(run.release):
        yield "knowledge"


def _settle(
    lease: Lease,
    release: Release,
    baseline: Release | None,
    judged: Sequence[Judged],
    beside: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id), transaction.atomic():
        lease.confirm()
        told = [_told(one) for one in judged]
        wrong = [{"suite": one["suite"], **reason} for one in told for reason in one.pop("reasons")] or (
            [] if told else [{"code": "no_suite"}]
        )
        wrong += beside
        report = keep_report(
            actor=lease.worker, release=release, baseline=baseline, reasons=wrong, suites=told
        )
        result = {"report": str(report.pk), "passed": report.passed, "reasons": wrong}
        lease.succeed(result)
    return result


def _told(one: Judged) -> dict[str, Any]:
    outcomes = outcomes_of(list(one.candidate.results.select_related("case")))
    changes = compare(passed_in(one.baseline), outcomes)
    return {
        "suite": one.suite.slug,
        "title": one.suite.title,
        "version": one.candidate.version,
        "limits": one.suite.limits,
        "run": str(one.candidate.pk),
        "candidate": one.candidate.figures,
        "baseline": one.baseline.figures if one.baseline else None,
        "worse": changes.worse,
        "better": changes.better,
        "reasons": reasons(limits=one.suite.limits, found=one.candidate.figures, worse=changes.worse),
    }


def stale(report: GateReport) -> Iterator[Mapping[str, Any]]:
    """What changed since the report: what it was compared with, suites, and what its answers depend on."""
    release = report.release
    before = serving(vertical=release.vertical, task=release.task)
    if before is not None and before.pk not in (release.pk, report.baseline_id):
        yield {"code": "baseline_changed", "what": "baseline", "release": before.number}
    judged = {one["suite"]: one for one in report.suites}
    for suite in gating(vertical=release.vertical, task=release.task):
        known = judged.get(suite.slug)
        if known is None or known["version"] != suite.version:
            yield {"code": "suite_changed", "what": suite.slug, "version": suite.version}
    runs = Run.objects.select_related("release").filter(pk__in=[one["run"] for one in judged.values()])
    for name in sorted({name for run in runs for name in _moved(run)}):
        yield {"code": f"{name}_changed", "what": name}


__all__ = ["KIND", "request", "stale", "work"]
