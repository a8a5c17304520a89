"""Searches for settings: the same training with other values, chosen from a grid or by chance from a seed."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.training.runs import starting
from sunmao.training.runs.models import Sweep
from sunmao.training.runs.selectors import START
from sunmao.training.runs.starting import Wanted

METHODS = ("grid", "random")
MOST = 64


def trials(space: Mapping[str, Sequence[Any]], *, method: str, count: int, seed: int) -> list[dict[str, Any]]:
    """The settings of each training. The same seed draws the same ones; none is drawn twice."""
    names = sorted(space)
    whole = [
        dict(zip(names, values, strict=True)) for values in itertools.product(*(space[one] for one in names))
    ]
    if method == "grid":
        return whole
    return random.Random(seed).sample(whole, min(count, len(whole)))  # noqa: S311  repeatable, no secret


def sweep(
    *,
    actor: Actor,
    wanted: Wanted,
    space: Mapping[str, Sequence[Any]],
    method: str = "grid",
    count: int = 8,
    seed: int = 0,
) -> Sweep:
    """Queue one training for each choice; the best is told by the metric of the objective."""
    actor.require(START)
    _check(space, method, count)
    chosen = trials(space, method=method, count=count, seed=seed)
    if not 0 < len(chosen) <= MOST:
        raise InvalidInput(fields={"space": _("At most 64 trainings are started at once.")})
    with transaction.atomic(), tenancy.scope(actor.organisation_id):
        made = Sweep.objects.create(
            name=wanted.name, method=method, space={name: list(one) for name, one in space.items()},
            seed=seed, made_by=actor.id,
        )  # fmt: skip
        for settings in chosen:
            asked = {**(wanted.settings or {}), **settings}
            starting.start(actor=actor, wanted=replace(wanted, settings=asked), sweep=made)
        audit.record(
            actor=actor, verb="training.sweep_requested", subject=made, name=made.name, trainings=len(chosen)
        )
    return made


def _check(space: Mapping[str, Sequence[Any]], method: str, count: int) -> None:
    wrong: dict[str, Any] = {}
    if method not in METHODS:
        wrong["method"] = _("must be one of the choices")
    if not 1 <= count <= MOST:
        wrong["count"] = _("is outside its bounds")
    good = space and all(isinstance(one, list | tuple) and 0 < len(one) <= MOST for one in space.values())
    if not good or len(space) > 6:
        wrong["space"] = _("must give a list of values for each setting")
    else:
        size = 1
        for one in space.values():
            size *= len(one)
        if size > 10_000:
            wrong["space"] = _("has too many values")
    if wrong:
        raise InvalidInput(fields=wrong)


__all__ = ["METHODS", "sweep", "trials"]
