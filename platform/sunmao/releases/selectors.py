"""Reads. All of them run inside the actor's tenancy scope."""

from __future__ import annotations

from django.db.models import QuerySet

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.releases.models import GateReport, Release, ReleaseState, Rules, Shift, Split, Verdict

READ = "releases.release.read"


def releases_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Release]:
    actor.require(permission)
    return Release.objects.filter(organisation_id=actor.organisation_id).select_related("parent")


def resolve_release(*, actor: Actor, reference: object, permission: str = READ) -> Release:
    """By its id, or as `vertical.task@number`."""
    found = releases_visible_to(actor, permission)
    name, at, number = str(reference).rpartition("@")
    vertical, dot, task = name.partition(".")
    if at and dot and number.isascii() and number.isdigit() and len(number) < 9:
        release = found.filter(vertical=vertical, task=task, number=int(number)).first()
    else:
        release = found.filter(pk=as_id(reference)).first()
    if release is None:
        raise NotFound(code="unknown_release")
    return release


def resolve_split(*, actor: Actor, reference: object, permission: str = READ) -> Split:
    actor.require(permission)
    found = Split.objects.select_related("release", "control").filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_split")
    return found


def serving(*, vertical: str, task: str) -> Release | None:
    return Release.objects.filter(vertical=vertical, task=task, state=ReleaseState.SERVING).first()


def open_split(*, vertical: str, task: str) -> Split | None:
    found = Split.objects.select_related("release", "control")
    return found.filter(vertical=vertical, task=task, ended_at__isnull=True).first()


def rules_of(*, vertical: str, task: str) -> Rules:
    """The rules of a task; the defaults, unsaved, where nobody has changed them."""
    return Rules.objects.filter(vertical=vertical, task=task).first() or Rules(vertical=vertical, task=task)


def last_report(release: Release) -> GateReport | None:
    return release.reports.select_related("baseline").first()


def history(*, vertical: str, task: str) -> QuerySet[Shift]:
    return Shift.objects.filter(vertical=vertical, task=task).select_related("release", "before")


def has_served(release: Release) -> bool:
    return release.seeded or release.shifts.exists()


def is_rejected(release: Release) -> bool:
    return release.approvals.filter(verdict=Verdict.REJECTED).exists()


def lacks_approval(release: Release) -> bool:
    """Whether a second person must still say yes to what the gate found last: suites, limits and knowledge
    may have changed since an earlier yes."""
    rules = rules_of(vertical=release.vertical, task=release.task)
    said_yes = release.approvals.filter(verdict=Verdict.APPROVED).exclude(
        decided_by=release.composed_by or as_id(None)
    )
    if report := last_report(release):
        said_yes = said_yes.filter(created_at__gt=report.created_at)
    return rules.four_eyes and not said_yes.exists()
