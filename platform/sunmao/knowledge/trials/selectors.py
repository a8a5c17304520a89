"""Reads. What was tested in a base that the actor may not see does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models as orm
from django.db.models import F, Prefetch, QuerySet, Value

from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as as_id
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.selectors import visible_base
from sunmao.knowledge.trials.models import Case, Change, Expectation, Result, Run, Trial

READ, WRITE, RUN = "trials.case.read", "trials.case.write", "trials.run.start"


def pin_of(*, actor: Actor, slug: str, version: int | None = None, permission: str = READ) -> BaseVersion:
    """A base at one of its versions, by default the newest."""
    return pinned(visible_base(actor=actor, slug=slug, permission=permission), version)


def pinned(base: KnowledgeBase, version: int | None = None) -> BaseVersion:
    if version is not None and not 0 < version <= base.version:
        raise NotFound(code="unknown_version", fields={"version": str(version)})
    return BaseVersion(base, base.version if version is None else version)


def pins_of(*, actor: Actor, wanted: Mapping[str, int | None]) -> list[BaseVersion]:
    return [pin_of(actor=actor, slug=slug, version=version) for slug, version in wanted.items()]


def own_trials(actor: Actor) -> QuerySet[Trial]:
    """What this person tried, and nobody else's."""
    actor.require(READ)
    return Trial.objects.filter(person_key__in=persons.keys_of(actor.subject).values("pk"))


def resolve_trial(*, actor: Actor, reference: object) -> Trial:
    found = own_trials(actor).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_trial")
    return found


def cases_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Case]:
    actor.require(permission)
    expected = Expectation.objects.select_related("document", "passage")
    return (
        Case.objects.filter(base__in=bases_visible_to(actor, permission))
        .select_related("base")
        .prefetch_related(Prefetch("expectations", expected))
    )


def resolve_case(*, actor: Actor, reference: object, permission: str = READ) -> Case:
    found = cases_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_case")
    return found


def runs_visible_to(actor: Actor, permission: str = READ) -> QuerySet[Run]:
    actor.require(permission)
    shown = Run.objects.filter(base__in=bases_visible_to(actor, permission))
    return shown.select_related("base", "job", "previous")


def resolve_run(*, actor: Actor, reference: object, permission: str = READ) -> Run:
    found = runs_visible_to(actor, permission).filter(pk=as_id(reference)).first()
    if found is None:
        raise NotFound(code="unknown_run")
    return found


def visible_result(*, actor: Actor, result_id: object) -> Result:
    runs = runs_visible_to(actor).values("pk")
    found = Result.objects.filter(run__in=runs, pk=as_id(result_id)).select_related("run__base").first()
    if found is None:
        raise NotFound(code="unknown_run")
    return found


_ORDER = {Change.WORSE: 0, Change.NEW: 1, Change.SAME: 1, Change.BETTER: 2, "": 3}


def worst_first(run: Run) -> QuerySet[Result]:
    """What became worse; then what is refused or not found, then what stands far down; better ones last."""
    place = orm.Case(
        *(orm.When(change=change, then=Value(number)) for change, number in _ORDER.items()),
        output_field=orm.IntegerField(),
    )
    return run.results.order_by(place, F("refused").desc(), F("rank").desc(nulls_first=True), "place")
