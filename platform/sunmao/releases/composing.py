"""Making a candidate: the pins of another release, with some of them changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.engine_names import ENGINE_NAMES
from sunmao.core.errors import Conflict, InvalidInput, Message, NotFound
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.core.vertical import config_of, find_task
from sunmao.guards.pins import in_force
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.pins import LATEST, OTHERS, existing_version, pinned
from sunmao.modelhub.serving import served as usable
from sunmao.prompts.models import PromptVersion
from sunmao.releases.models import LONGEST_NOTE, Release
from sunmao.releases.pinning import installed
from sunmao.releases.selectors import serving

COMPOSE = "releases.release.compose"
PINS = ("engine", "adapter", "prompts", "bases", "retrieval")
RETRIEVAL: Mapping[str, tuple[type, float, float]] = {
    "top_k": (int, 1, 20),
    "temperature": (float, 0.0, 2.0),
}


@transaction.atomic
def compose(
    *,
    actor: Actor,
    task_name: str,
    changes: Mapping[str, Any] | None = None,
    parent: Release | None = None,
    note: str = "",
) -> Release:
    """A candidate from `parent`, by default the release that serves, with `changes` to its pins.

    `prompts` and `bases` of the changes are laid over the parent's. What is pinned to the newest knowledge is
    pinned to the version of now, unless the changes say `latest`: a release that passed must not change.
    """
    actor.require(COMPOSE)
    vertical, task = find_task(task_name)
    with tenancy.scope(actor.organisation_id):
        origin = parent or serving(vertical=vertical.slug, task=task.name)
        if origin is None or (origin.vertical, origin.task) != (vertical.slug, task.name):
            raise NotFound(code="unknown_release")
        pins = _pins(actor, origin, _known(changes or {}))
        pins["guards"] = in_force(config_of(vertical.slug).folder)
        pins |= installed(task)
        if all(getattr(origin, name) == value for name, value in pins.items()):
            raise Conflict(_("Nothing differs from the release it is made from."), code="nothing_changed")
        known = Release.objects.filter(vertical=vertical.slug, task=task.name)
        release = Release.objects.create(
            vertical=vertical.slug,
            task=task.name,
            number=(known.aggregate(newest=Max("number"))["newest"] or 0) + 1,
            parent=origin,
            composed_by=actor.id,
            person_key=persons.key_of(actor.subject),
            note=note[:LONGEST_NOTE],
            **pins,
        )
        audit.record(
            actor=actor,
            verb="release.composed",
            subject=release,
            task=release.task_name,
            number=release.number,
            before={name: _told(getattr(origin, name)) for name in pins},
            after={name: _told(value) for name, value in pins.items()},
        )
    return release


def _told(pin: Any) -> Any:
    return str(pin) if isinstance(pin, UUID) else pin


def _known(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    wrong: dict[str, Message] = {
        str(name): _("is no part of a release") for name in changes if name not in PINS
    }
    for name in ("prompts", "bases", "retrieval"):
        if name not in wrong and not isinstance(changes.get(name, {}), Mapping):
            wrong[name] = _("must be an object")
    if wrong:
        raise InvalidInput(fields=wrong)
    return changes


def _pins(actor: Actor, origin: Release, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "engine": _engine(changes.get("engine", origin.engine)),
        "adapter": _adapter(actor, origin, changes),
        "prompts": {**origin.prompts, **_prompts(origin, changes.get("prompts", {}))},
        "bases": _bases(actor, origin, changes.get("bases", {})),
        "retrieval": {**origin.retrieval, **_retrieval(changes.get("retrieval", {}))},
    }


def _engine(name: object) -> str:
    if name not in ENGINE_NAMES:
        raise InvalidInput(fields={"engine": _("is no engine of this installation")})
    return str(name)


def _adapter(actor: Actor, origin: Release, changes: Mapping[str, Any]) -> UUID | None:
    """A version whose parity was checked; `None` for the base model alone."""
    named = changes.get("adapter", origin.adapter)
    if named is None or named == "":
        return None
    version = visible(actor, "adapter_version", named)
    usable(version.pk)
    found: UUID = version.pk
    return found


def _prompts(origin: Release, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Versions of the prompts that the origin pins, by their id or by their number."""
    found = {}
    for language, value in wanted.items():
        old = PromptVersion.objects.filter(pk=reference(origin.prompts.get(language))).first()
        mine = PromptVersion.objects.filter(prompt_id=old.prompt_id if old else reference(None))
        by_number = isinstance(value, int) and not isinstance(value, bool)
        version = (mine.filter(number=value) if by_number else mine.filter(pk=reference(value))).first()
        if version is None:
            raise NotFound(code="unknown_prompt_version", fields={"prompts": str(language)})
        found[str(language)] = str(version.pk)
    return found


def _bases(actor: Actor, origin: Release, wanted: Mapping[str, Any]) -> dict[str, int | str]:
    """`None` takes a base out."""
    now = {pin.base.slug: pin.version for pin in pinned(actor=actor, bases=origin.bases)}
    bases: dict[str, int | str] = {
        slug: now.get(slug, version) if version == LATEST else version
        for slug, version in origin.bases.items()
        if slug != OTHERS
    }
    if OTHERS in origin.bases:
        bases = {**now, **bases}
    for slug, version in wanted.items():
        if version is None:
            bases.pop(str(slug), None)
        else:
            bases[str(slug)] = _version(str(slug), version)
    return bases


def _version(slug: str, version: Any) -> int | str:
    base = KnowledgeBase.objects.filter(slug=slug).first()
    if base is None and slug != OTHERS:
        raise NotFound(code="unknown_base", fields={"bases": slug})
    if version == LATEST:
        return LATEST
    if base is None or isinstance(version, bool) or not isinstance(version, int):
        raise InvalidInput(fields={"bases": _("must be version numbers, or latest")})
    return existing_version(base, version)


def _retrieval(wanted: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in wanted.items():
        kind, least, most = RETRIEVAL.get(str(name), (type(None), 0, 0))
        number = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
        if kind is type(None) or not number or not least <= value <= most:
            raise InvalidInput(fields={"retrieval": str(name)})
    return dict(wanted)


__all__ = ["COMPOSE", "PINS", "compose"]
