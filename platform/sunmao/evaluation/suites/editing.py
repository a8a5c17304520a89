"""Verbs on suites and their cases. Every change makes another version of the suite."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.selectors import actor_in_role
from sunmao.answering.inputs import checked as checked_input
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, Message, NotFound, SunmaoError, TooLong
from sunmao.core.texts import storable
from sunmao.core.vertical import find_task
from sunmao.evaluation.checks import checked as checked_checks
from sunmao.evaluation.models import Case, Origin, Suite
from sunmao.evaluation.selectors import EDIT
from sunmao.evaluation.suites.figures import LABEL_FIGURES
from sunmao.knowledge.policies import INTERNAL

MOST = 5_000
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
LIMITS = ("pass_rate", "regressions", "p95_seconds", "slices", *LABEL_FIGURES)
DEFAULT_LIMITS: Mapping[str, Any] = {"pass_rate": 0.9, "regressions": 0}


@dataclass(frozen=True, kw_only=True)
class NewCase:
    """An input of the suite's task, what must hold of its answer, and the slices that it belongs to."""

    data: Mapping[str, Any]
    checks: Sequence[Mapping[str, Any]]
    slices: Sequence[str] = field(default_factory=tuple)
    origin: Origin = Origin.WRITTEN
    record_id: UUID | None = None
    person_key: UUID | None = None


@transaction.atomic
def create_suite(
    *,
    actor: Actor,
    slug: str,
    title: str,
    task_name: str,
    limits: Mapping[str, Any] | None = None,
    gates: bool = True,
    role: str = BuiltIn.END_USER,
) -> Suite:
    """`role` is whose rights its questions are asked with."""
    actor.require(EDIT)
    vertical, task = find_task(task_name)
    asked_as = _role(actor, role)
    named, told = _slug(slug), " ".join(title.split())[:200]
    if not told or not storable(told):
        raise InvalidInput(fields={"title": _("is empty")})
    asked = checked_limits({**DEFAULT_LIMITS, **(limits or {})})
    with tenancy.scope(actor.organisation_id):
        if Suite.objects.filter(slug=named).exists():
            raise Conflict(_("There is a suite of this name already."), code="suite_exists")
        suite = Suite.objects.create(
            slug=named,
            title=told,
            vertical=vertical.slug,
            task=task.name,
            limits=asked,
            gates=gates,
            role=asked_as,
        )
        audit.record(
            actor=actor, verb="suite.created", subject=suite, task=suite.task_name, slug=named, after=asked
        )
    return suite


def _role(actor: Actor, named: str) -> str:
    """Raises `unknown_role`. Nobody has questions answered from what is for staff who may not read it
    themselves: that would be a way around their rights."""
    asker = actor_in_role(organisation_id=actor.organisation_id, role=named, language=actor.language)
    if INTERNAL in asker.somewhere:
        actor.require(INTERNAL)
    return named


def _slug(given: str) -> str:
    slug = given.strip().lower()
    if not _SLUG.fullmatch(slug):
        raise InvalidInput(fields={"slug": _("must be letters, digits and hyphens")})
    return slug


def checked_limits(given: Mapping[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Message] = {
        f"limits.{name}": _("is no limit of a suite") for name in given if name not in LIMITS
    }
    rates = {name: given.get(name, 0) for name in ("pass_rate", *LABEL_FIGURES)}
    slices = given.get("slices", {})
    if isinstance(slices, Mapping) and all(storable(str(name)) for name in slices):
        rates |= {f"slices.{name}": rate for name, rate in slices.items()}
    else:
        wrong["limits.slices"] = _("must be an object")
    for name, rate in rates.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            wrong[f"limits.{name}"] = _("must be a number from 0 to 1")
    regressions, seconds = given.get("regressions", 0), given.get("p95_seconds", 1)
    if isinstance(regressions, bool) or not isinstance(regressions, int) or not 0 <= regressions <= MOST:
        wrong["limits.regressions"] = _("must be a whole number from 0")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 3600:
        wrong["limits.p95_seconds"] = _("must be a number of seconds")
    if wrong:
        raise InvalidInput(fields=wrong)
    return dict(given)


@transaction.atomic
def change_suite(
    *,
    actor: Actor,
    suite: Suite,
    title: str | None = None,
    limits: Mapping[str, Any] | None = None,
    gates: bool | None = None,
    role: str | None = None,
) -> Suite:
    """What is None stays. Another limit makes another version: what passed before must be judged again."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        suite = _locked(suite)
        before = _settings(suite)
        suite.title = " ".join(title.split())[:200] or suite.title if title is not None else suite.title
        suite.limits = checked_limits(limits) if limits is not None else suite.limits
        suite.gates = suite.gates if gates is None else gates
        suite.role = suite.role if role is None else _role(actor, role)
        after = _settings(suite)
        if before != after:
            suite.version += 1
            suite.save(update_fields=["title", "limits", "gates", "role", "version"])
            audit.record(
                actor=actor,
                verb="suite.changed",
                subject=suite,
                task=suite.task_name,
                slug=suite.slug,
                before=before,
                after=after,
            )
    return suite


def _settings(suite: Suite) -> dict[str, Any]:
    return {name: getattr(suite, name) for name in ("title", "limits", "gates", "role")}


@transaction.atomic
def add_cases(*, actor: Actor, suite: Suite, cases: Sequence[NewCase]) -> list[Case]:
    """All of them, or none with the number of each that is wrong."""
    actor.require(EDIT)
    _vertical, task = find_task(suite.task_name)
    good: list[tuple[NewCase, list[dict[str, Any]], list[str]]] = []
    wrong: dict[str, Message] = {}
    for number, case in enumerate(cases, 1):
        try:
            checked_input(task=task, data=case.data)
            good.append((case, checked_checks(list(case.checks)), _slices(case.slices)))
        except SunmaoError as error:
            told = error.fields or {"": error.message}
            wrong |= {f"{number}.{name}".rstrip("."): text for name, text in list(told.items())[:3]}
    if wrong:
        raise InvalidInput(_("Some cases cannot be used."), code="invalid_case", fields=wrong)
    if not good:
        raise InvalidInput(fields={"cases": _("is empty")}, code="invalid_case")
    with tenancy.scope(actor.organisation_id):
        suite = _locked(suite)
        if suite.cases.filter(died__isnull=True).count() + len(good) > MOST:
            raise TooLong(_("A suite has at most 5,000 cases."), code="too_many_cases")
        suite.version += 1
        suite.save(update_fields=["version"])
        made = [
            Case(
                suite=suite,
                data=dict(case.data),
                checks=checks,
                slices=slices,
                origin=case.origin,
                record_id=case.record_id,
                person_key=case.person_key,
                born=suite.version,
            )
            for case, checks, slices in good
        ]
        Case.objects.bulk_create(made, batch_size=500)
        audit.record(
            actor=actor,
            verb="suite_cases.added",
            subject=suite,
            task=suite.task_name,
            slug=suite.slug,
            version=suite.version,
            count=len(made),
            origins=sorted({str(case.origin) for case in made}),
        )
    return made


def _slices(given: Sequence[str]) -> list[str]:
    if not isinstance(given, list | tuple) or len(given) > 20:
        raise InvalidInput(fields={"slices": _("must be a list of at most 20 names")})
    if not all(isinstance(one, str) and 0 < len(one.strip()) <= 60 and storable(one) for one in given):
        raise InvalidInput(fields={"slices": _("must be names of at most 60 characters")})
    return list(dict.fromkeys(one.strip() for one in given))


@transaction.atomic
def end_case(*, actor: Actor, case: Case) -> Suite:
    """Runs of later versions do not try it; what it was stays with the runs of before."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        return _end(actor, case)


@transaction.atomic
def change_case(*, actor: Actor, case: Case, changed: NewCase) -> Case:
    """The case as it was ends, and another takes its place."""
    actor.require(EDIT)
    with tenancy.scope(actor.organisation_id):
        suite = _end(actor, case)
        (made,) = add_cases(actor=actor, suite=suite, cases=[changed])
    return made


def _end(actor: Actor, case: Case) -> Suite:
    suite = _locked(case.suite)
    version = suite.version + 1
    if not Case.objects.filter(pk=case.pk, died__isnull=True).update(died=version):
        raise NotFound(code="unknown_case")
    suite.version = version
    suite.save(update_fields=["version"])
    audit.record(
        actor=actor,
        verb="suite_case.ended",
        subject=case,
        task=suite.task_name,
        slug=suite.slug,
        version=version,
    )
    return suite


def _locked(suite: Suite) -> Suite:
    return Suite.objects.select_for_update().get(pk=suite.pk)


__all__ = [
    "NewCase",
    "add_cases",
    "change_case",
    "change_suite",
    "checked_limits",
    "create_suite",
    "end_case",
]
