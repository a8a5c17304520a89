"""Keeping what the gate found, and what people said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.hands import hands_of
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.releases.models import LONGEST_NOTE, Approval, GateReport, Release, ReleaseState, Verdict
from sunmao.releases.refusing import NotReady
from sunmao.releases.selectors import last_report

APPROVE = "releases.release.approve"
OPEN = (ReleaseState.CANDIDATE, ReleaseState.PASSED, ReleaseState.FAILED)


def keep_report(
    *,
    actor: Actor,
    release: Release,
    baseline: Release | None,
    reasons: Sequence[dict[str, Any]],
    suites: Sequence[dict[str, Any]],
) -> GateReport:
    """In the caller's transaction. A release that serves meanwhile keeps its state, with the report."""
    passed = not reasons
    report = GateReport.objects.create(
        release=release, baseline=baseline, passed=passed, reasons=list(reasons), suites=list(suites)
    )
    state = ReleaseState.PASSED if passed else ReleaseState.FAILED
    Release.objects.filter(pk=release.pk, state__in=OPEN).update(state=state)
    audit.record(
        actor=actor,
        verb="release.judged",
        subject=release,
        task=release.task_name,
        number=release.number,
        passed=passed,
        reasons=[reason["code"] for reason in reasons],
    )
    return report


@transaction.atomic
def decide(*, actor: Actor, release: Release, verdict: str, note: str = "") -> Approval:
    """A person's word; whoever composed a release cannot approve it, but may reject it.

    A yes is said to a report that passed, and to no later one: then it may be said again.
    """
    actor.require(APPROVE)
    if verdict not in Verdict.values:
        raise InvalidInput(fields={"verdict": _("must be approved or rejected")})
    if actor.kind != "user" or actor.id is None:
        raise Conflict(_("Only a person can approve or reject a release."), code="not_a_person")
    with tenancy.scope(actor.organisation_id):
        release = Release.objects.select_for_update().get(pk=release.pk)
        if release.state not in OPEN:
            raise Conflict(_("This release is no candidate any more."), code="no_candidate")
        if verdict == Verdict.APPROVED and release.composed_by in hands_of(actor):
            raise Conflict(
                _("Whoever composed a release cannot approve it: somebody else must look."),
                code="own_release",
            )
        report = last_report(release)
        if verdict == Verdict.APPROVED and report is None:
            raise NotReady(code="not_judged")
        if verdict == Verdict.APPROVED and not (report and report.passed):
            raise NotReady(code="gate_failed")
        said = release.approvals.filter(decided_by=actor.id)
        if said.filter(_still_stands(report)).exists():
            raise Conflict(_("You have already decided about this release."), code="already_decided")
        word = release.approvals.create(
            decided_by=actor.id,
            person_key=persons.key_of(actor.subject),
            decided_by_name=actor.name,
            verdict=verdict,
            note=note[:LONGEST_NOTE],
        )
        audit.record(
            actor=actor,
            verb=f"release.{verdict}",
            subject=release,
            task=release.task_name,
            number=release.number,
            note=note[:LONGEST_NOTE],
        )
    return word


def _still_stands(report: GateReport | None) -> Q:
    since = Q(created_at__gt=report.created_at) if report else Q()
    return Q(verdict=Verdict.REJECTED) | since


__all__ = ["APPROVE", "decide", "keep_report"]
