"""Reads. All of them run inside the actor's tenancy scope."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.evaluation.models import Case, Result, Run, Suite

READ, EDIT, RUN = "evaluation.suite.read", "evaluation.suite.edit", "evaluation.run.start"


def suites_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Suite]:
    actor.require(permission)
    now = Count("cases", filter=Q(cases__died__isnull=True))
    return Suite.objects.filter(organisation_id=actor.organisation_id).annotate(size=now)


def resolve_suite(*, actor: Actor, reference: object, permission: str = READ) -> Suite:
    """By its id or its slug."""
    known = suites_visible_to(actor, permission)
    found = known.filter(Q(pk=as_id(reference)) | Q(slug=str(reference))).first()
    if found is None:
        raise NotFound(code="unknown_suite")
    return found


def cases_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Case]:
    actor.require(permission)
    return Case.objects.filter(organisation_id=actor.organisation_id).select_related("suite")


def resolve_case(*, actor: Actor, reference: object, permission: str = READ) -> Case:
    found = cases_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_case")
    return found


def runs_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Run]:
    actor.require(permission)
    shown = Run.objects.filter(organisation_id=actor.organisation_id)
    return shown.select_related("suite", "release", "job", "previous")


def resolve_run(*, actor: Actor, reference: object, permission: str = READ) -> Run:
    found = runs_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_evaluation")
    return found


def cases_at(suite: Suite, version: int) -> QuerySet[Case]:
    """The cases of a version of a suite."""
    alive = Q(died__isnull=True) | Q(died__gt=version)
    return Case.objects.filter(alive, suite=suite, born__lte=version)


def worst_first(run: Run) -> QuerySet[Result]:
    """Failed cases first, those that became worse before all."""
    found = run.results.select_related("case")
    return found.order_by("passed", "-change", "case__created_at", "case_id")


def gating(*, vertical: str, task: str) -> QuerySet[Suite]:
    return Suite.objects.filter(vertical=vertical, task=task, gates=True)
