"""Verbs on judges, and how one is made ready to be asked."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput, Message
from sunmao.core.resolving import visible
from sunmao.core.texts import storable
from sunmao.evaluation.judging.asking import Judging
from sunmao.evaluation.judging.models import Judge
from sunmao.evaluation.judging.selectors import MANAGE_JUDGES
from sunmao.inference.registry import DEFAULT, ENGINES
from sunmao.inference.registry import engine as engine_named
from sunmao.modelhub import serving

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
LONGEST = 4_000


@transaction.atomic
def create_judge(
    *,
    actor: Actor,
    slug: str,
    title: str = "",
    engine: str = DEFAULT,
    adapter: str = "",
    criteria: str = "",
    bound: float = 0.6,
) -> Judge:
    actor.require(MANAGE_JUDGES)
    named = slug.strip().lower()
    told = " ".join((title or slug).split())[:200]
    wrong = _wrong(engine=engine, criteria=criteria, bound=bound)
    if not _SLUG.fullmatch(named):
        wrong["slug"] = _("must be letters, digits and hyphens")
    if not told or not storable(told):
        wrong["title"] = _("is empty")
    if wrong:
        raise InvalidInput(fields=wrong)
    with tenancy.scope(actor.organisation_id):
        if Judge.objects.filter(slug=named).exists():
            raise Conflict(_("There is a judge of this name already."), code="judge_exists")
        judge = Judge.objects.create(
            slug=named,
            title=told,
            engine=engine,
            adapter=_adapter(actor, adapter),
            criteria=criteria.strip(),
            bound=float(bound),
        )
        audit.record(actor=actor, verb="judge.created", subject=judge, after=_told(judge))
    return judge


def _wrong(*, engine: str, criteria: str, bound: Any) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    if engine not in (DEFAULT, *ENGINES) or engine == "extractive":
        wrong["engine"] = _("is no engine that writes")
    if len(criteria) > LONGEST or not storable(criteria):
        wrong["criteria"] = _("is too long, or holds what no text can")
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not 0 <= bound <= 1:
        wrong["bound"] = _("must be a number from 0 to 1")
    return wrong


def _adapter(actor: Actor, named: str) -> UUID | None:
    if not named:
        return None
    version: UUID = visible(actor, "adapter_version", named).pk
    return version


def _told(judge: Judge) -> dict[str, Any]:
    return {
        "slug": judge.slug,
        "engine": judge.engine,
        "adapter": str(judge.adapter) if judge.adapter else "",
        "criteria": judge.criteria,
        "bound": judge.bound,
        "version": judge.version,
    }


@transaction.atomic
def change_judge(
    *,
    actor: Actor,
    judge: Judge,
    engine: str | None = None,
    criteria: str | None = None,
    bound: float | None = None,
) -> Judge:
    """What is None stays. Another engine or other criteria make a version that must be calibrated again."""
    actor.require(MANAGE_JUDGES)
    with tenancy.scope(actor.organisation_id):
        judge = Judge.objects.select_for_update().get(pk=judge.pk)
        before = _told(judge)
        judge.engine = judge.engine if engine is None else engine
        judge.criteria = judge.criteria if criteria is None else criteria.strip()
        judge.bound = judge.bound if bound is None else bound
        if wrong := _wrong(engine=judge.engine, criteria=judge.criteria, bound=judge.bound):
            raise InvalidInput(fields=wrong)
        if (judge.engine, judge.criteria) != (before["engine"], before["criteria"]):
            judge.version += 1
        if _told(judge) != before:
            judge.save(update_fields=["engine", "criteria", "bound", "version"])
            audit.record(actor=actor, verb="judge.changed", subject=judge, before=before, after=_told(judge))
    return judge


@transaction.atomic
def remove_judge(*, actor: Actor, judge: Judge) -> None:
    """Checks that name it find no judge any more, and fail."""
    actor.require(MANAGE_JUDGES)
    with tenancy.scope(actor.organisation_id):
        audit.record(actor=actor, verb="judge.removed", subject=judge, before=_told(judge))
        Judge.objects.filter(pk=judge.pk).delete()


def ready(judge: Judge) -> Judging:
    """In the organisation's scope."""
    engine = engine_named(judge.engine)
    adapter = serving.served(judge.adapter).name if judge.adapter else ""
    return Judging(engine=engine, adapter=adapter, criteria=judge.criteria)


def model_of(judging: Judging) -> str:
    """What answers, as calibrations name it."""
    return f"{judging.engine.model or judging.engine.name}{f'+{judging.adapter}' if judging.adapter else ''}"


__all__ = ["change_judge", "create_judge", "model_of", "ready", "remove_judge"]
