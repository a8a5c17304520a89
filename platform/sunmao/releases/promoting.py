"""Which release serves: promotion behind the gate, and the way back, which is always open."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import Conflict, NotFound
from sunmao.releases.models import LONGEST_NOTE, Release, ReleaseState, Shift, ShiftKind, Split
from sunmao.releases.refusing import NotReady
from sunmao.releases.selectors import has_served, is_rejected, lacks_approval, last_report, serving

PROMOTE = "releases.release.promote"


def ready(release: Release) -> None:
    """Raises `NotReady` unless the gate and the people let this release serve."""
    if release.state in (ReleaseState.SERVING, ReleaseState.RETIRED):
        raise NotReady(code="no_candidate")
    report = last_report(release)
    if report is None:
        raise NotReady(code="not_judged")
    if not report.passed or release.state != ReleaseState.PASSED:
        raise NotReady(code="gate_failed")
    if is_rejected(release):
        raise NotReady(code="rejected")
    if lacks_approval(release):
        raise NotReady(code="not_approved")


@transaction.atomic
def promote(*, actor: Actor, release: Release, reason: str = "") -> Shift:
    """The release serves from the next question on; the one before is retired. Ends an open split."""
    actor.require(PROMOTE)
    with tenancy.scope(actor.organisation_id):
        release = _locked(release)
        ready(release)
        return _shift(actor, release, ShiftKind.PROMOTED, reason)


@transaction.atomic
def roll_back(*, actor: Actor, task: tuple[str, str], to: Release | None = None, reason: str = "") -> Shift:
    """An earlier release serves again at once: the one before, or `to`, if it has ever served.

    `task` is (vertical, task). No gate and no second person: going back must never wait.
    """
    actor.require(PROMOTE)
    return restore(actor=actor, task=task, to=to, reason=reason, kind=ShiftKind.ROLLED_BACK)


def restore(
    *, actor: Actor, task: tuple[str, str], to: Release | None, reason: str, kind: ShiftKind
) -> Shift:
    """In a transaction; a tripwire comes here without a person."""
    vertical, name = task
    with tenancy.scope(actor.organisation_id):
        target = to or _before(vertical, name)
        if target is None or (target.vertical, target.task) != task:
            raise NotFound(_("No release has served before this one."), code="no_earlier_release")
        target = _locked(target)
        if target.state == ReleaseState.SERVING:
            raise Conflict(_("This release serves already."), code="already_serving")
        if target.state != ReleaseState.RETIRED or not has_served(target):
            raise Conflict(_("Only a release that has served can be rolled back to."), code="never_served")
        return _shift(actor, target, kind, reason)


def _before(vertical: str, task: str) -> Release | None:
    """What served before the one that serves now came: a way back from a way back goes further back."""
    current = serving(vertical=vertical, task=task)
    if current is None:
        return None
    came = current.shifts.filter(kind=ShiftKind.PROMOTED).select_related("before").first()
    return came.before if came else None


def _locked(release: Release) -> Release:
    """Promotions of a task wait for each other: all of its releases are locked, in one order."""
    same = Release.objects.filter(vertical=release.vertical, task=release.task)
    rows = {row.pk: row for row in same.select_for_update().order_by("pk")}
    if release.pk not in rows:
        raise NotFound(code="unknown_release")
    return rows[release.pk]


def _shift(actor: Actor, release: Release, kind: ShiftKind, reason: str) -> Shift:
    current = serving(vertical=release.vertical, task=release.task)
    if current:
        Release.objects.filter(pk=current.pk).update(state=ReleaseState.RETIRED)
    Release.objects.filter(pk=release.pk).update(state=ReleaseState.SERVING)
    release.state = ReleaseState.SERVING
    Split.objects.filter(vertical=release.vertical, task=release.task, ended_at__isnull=True).update(
        ended_at=Now(), ending=kind
    )
    shift = Shift.objects.create(
        vertical=release.vertical,
        task=release.task,
        kind=kind,
        release=release,
        before=current,
        by=actor.id if actor.kind == "user" else None,
        person_key=persons.key_of(actor.subject),
        by_name=actor.name,
        reason=reason[:LONGEST_NOTE],
    )
    audit.record(
        actor=actor,
        verb="release.promoted" if kind == ShiftKind.PROMOTED else "release.rolled_back",
        subject=release,
        task=release.task_name,
        number=release.number,
        kind=kind,
        before={"serving": current.number if current else None},
        after={"serving": release.number},
        reason=reason[:LONGEST_NOTE],
    )
    return shift


__all__ = ["PROMOTE", "NotReady", "promote", "ready", "restore", "roll_back"]
