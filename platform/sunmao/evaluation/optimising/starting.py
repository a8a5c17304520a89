"""Asking for a search, after a look at whether it can find anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import quotas
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.evaluation.optimising.reflective import ExtraNotInstalled, is_installed
from sunmao.evaluation.playground.starting import choice_of
from sunmao.inference.registry import DEFAULT
from sunmao.jobs import services as jobs
from sunmao.prompts.models import Optimisation, Prompt
from sunmao.prompts.rights import EDIT, TRY
from sunmao.prompts.source import read
from sunmao.prompts.strategy import calls_of

KIND = "evaluation.optimise_prompt"
FEWEST_CASES = 6
METHODS = ("evolution", "gepa")
BOUNDS = {"rounds": (4, 1, 20), "population": (8, 2, 20), "seed": (1, 0, 2**31 - 1)}


@transaction.atomic
def start(*, actor: Actor, prompt: Prompt, given: Mapping[str, Any]) -> Optimisation:
    actor.require(EDIT)
    actor.require(TRY)
    method = given.get("method", "evolution")
    if method not in METHODS:
        raise InvalidInput(fields={"method": _("must be evolution or gepa")})
    if method == "gepa" and not is_installed():
        raise ExtraNotInstalled
    choice = choice_of(str(given.get("engine", DEFAULT)))
    if (settings.SUNMAO_ENGINE if choice.engine == DEFAULT else choice.engine) == "extractive":
        raise InvalidInput(
            _("The engine only quotes. A search needs one that writes."), code="engine_does_not_write"
        )
    chosen = {name: _number(given, name) for name in BOUNDS}
    with tenancy.scope(actor.organisation_id):
        if prompt.current is None:
            raise Conflict(_("There is no version to copy."), code="prompt_is_empty")
        cases = sum(1 for one in prompt.cases.all() if one.checks)
        if cases < FEWEST_CASES:
            raise InvalidInput(_("A search needs at least six cases with checks."), code="too_few_cases")
        made = Optimisation.objects.create(
            prompt=prompt, base=prompt.current, engine=choice.engine, method=method,
            settings={**chosen, "adapter": choice.adapter},
        )  # fmt: skip
        calls = cases * calls_of(read(prompt.current.source).strategy)
        quotas.reserve(actor=actor, work_id=made.pk)
        quotas.reserve_more(actor=actor, work_id=made.pk, times=calls * chosen["population"])
        made.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(
            actor=actor, verb="prompt.optimisation_requested", subject=made, slug=prompt.slug, method=method
        )
    return made


def _number(given: Mapping[str, Any], name: str) -> int:
    default, least, most = BOUNDS[name]
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(fields={name: _("must be a number")})
    return value


__all__ = ["FEWEST_CASES", "KIND", "start"]
