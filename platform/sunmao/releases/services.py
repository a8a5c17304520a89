"""Which joint serves whom, and how the first one comes to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound, Unavailable
from sunmao.core.vertical import config_of, find_task
from sunmao.guards.pins import in_force
from sunmao.releases.models import Release, ReleaseState, SplitMode
from sunmao.releases.pinning import installed
from sunmao.releases.selectors import open_split
from sunmao.releases.splitting import meets

MOST_OFFERED = 20


class NoRelease(Unavailable):
    code = "no_release"
    default_message = _("No release serves this task in your organisation. Ask your administrator for one.")
    retry_after = None


def resolve(*, actor: Actor, vertical: str, task: str) -> Release:
    """The release that serves this caller: while a split is open, always the same of the two."""
    release = Release.objects.filter(
        organisation_id=actor.organisation_id, vertical=vertical, task=task, state=ReleaseState.SERVING
    ).first()
    if release is None:
        raise NoRelease(fields={"task": f"{vertical}.{task}"})
    split = open_split(vertical=vertical, task=task)
    seen = split is not None and split.mode != SplitMode.SHADOW
    if split and seen and meets(split=split.pk, subject=actor.subject, share=split.share):
        return split.release
    return release


def numbered(*, actor: Actor, vertical: str, task: str, number: int) -> Release:
    """The release that was asked for: the serving one for everybody, another for those who may see them."""
    release = _open_to(actor, vertical, task).filter(number=number).first()
    if release is None:
        raise NotFound(code="unknown_release", fields={"release": f"{vertical}.{task}@{number}"})
    return release


def _open_to(actor: Actor, vertical: str, task: str) -> QuerySet[Release]:
    """A person who may see releases may try a candidate; a program only meets what a gate has passed."""
    states = [ReleaseState.SERVING]
    if actor.can("releases.release.read"):
        states += [ReleaseState.PASSED, ReleaseState.RETIRED]
        states += [] if actor.kind == "api_key" else [ReleaseState.CANDIDATE]
    return Release.objects.filter(
        organisation_id=actor.organisation_id, vertical=vertical, task=task, state__in=states
    )


def offered(*, actor: Actor, vertical: str, task: str) -> list[int]:
    """The numbers of the releases that the actor may ask by number, the newest first."""
    found = _open_to(actor, vertical, task)
    return list(found.order_by("-number").values_list("number", flat=True)[:MOST_OFFERED])


def has_release(*, actor: Actor, vertical: str) -> bool:
    with tenancy.scope(actor.organisation_id):
        return Release.objects.filter(vertical=vertical).exists()


def seed_default(
    *, actor: Actor, vertical: str, task: str, prompts: Mapping[str, str], bases: Mapping[str, int | str]
) -> Release:
    """The release that serves from the first minute, on the newest knowledge; kept when one exists.

    New prompt files, guards or tools (an upgrade of the product) make a new release. It takes over from a
    seeded one, but never from one that people promoted: then it waits as a candidate.
    """
    pins: dict[str, Any] = {
        "engine": "default",
        "prompts": dict(prompts),
        "bases": dict(bases),
        "retrieval": {},
        "guards": in_force(config_of(vertical).folder),
        **installed(find_task(f"{vertical}.{task}")[1]),
    }
    with tenancy.scope(actor.organisation_id):
        known = Release.objects.filter(vertical=vertical, task=task)
        same = known.filter(seeded=True, **pins).order_by("-number").first()
        if same:
            return same
        number = (known.aggregate(newest=Max("number"))["newest"] or 0) + 1
        known.filter(state=ReleaseState.SERVING, seeded=True).update(state=ReleaseState.RETIRED)
        taken = known.filter(state=ReleaseState.SERVING).exists()
        state = ReleaseState.CANDIDATE if taken else ReleaseState.SERVING
        release = Release.objects.create(
            vertical=vertical, task=task, number=number, state=state, seeded=True, **pins
        )
        audit.record(
            actor=actor, verb="release.seeded", subject=release, task=f"{vertical}.{task}", number=number
        )
    return release
