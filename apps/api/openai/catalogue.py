"""What is a `model` here: a task (`customer_service.ask`), a release of it (`…@3`), the model itself, alone
or with an adapter of the hub, an encoder, a model for sound or pictures. Web processes only: to name it,
nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings

from sunmao.accounts.selectors import verticals_for
from sunmao.answering.dialogue.embedding import models as encoders
from sunmao.answering.policies import CHAT, EMBED, MEDIA, RUN
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.vertical import Task, Vertical, find_task
from sunmao.inference.media import registry as media
from sunmao.modelhub import serving
from sunmao.releases.services import offered

MAY_LIST = (RUN, CHAT, EMBED, MEDIA)
_TASK = re.compile(r"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)(?:@([1-9]\d{0,8}))?")


@dataclass(frozen=True)
class Chosen:
    """A task and perhaps a release of it; neither when it is the model itself."""

    task: str = ""
    release: int | None = None
    vertical: Vertical | None = None
    definition: Task | None = None


def chosen(actor: Actor, name: str) -> Chosen:
    """Raises `NotFound` for what is no model, or none of the actor's."""
    found = _TASK.fullmatch(name)
    if found is None:
        if name in (*_itself(), *_adapters()) and actor.can(CHAT, model=name):
            return Chosen()
        raise NotFound(code="unknown_model", fields={"model": name})
    vertical, task = find_task(found[1])
    if not is_a_question(task) or vertical not in verticals_for(actor):
        raise NotFound(code="unknown_model", fields={"model": name})
    return Chosen(found[1], int(found[2]) if found[2] else None, vertical, task)


def require(actor: Actor) -> None:
    """Whoever may use none of them is told so, and not shown an empty list."""
    if not any(actor.can(right) for right in MAY_LIST):
        actor.require(RUN)


def is_a_question(task: Task) -> bool:
    """Answered by the pipeline from a text alone."""
    return (not task.verb or bool(task.verb_field)) and task.required == (task.screened,)


def listed(actor: Actor) -> list[dict[str, Any]]:
    with tenancy.scope(actor.organisation_id):
        return [_row(name) for name in _names(actor)]


def _names(actor: Actor) -> Iterator[str]:
    for vertical in verticals_for(actor):
        for task in vertical.tasks:
            name = f"{vertical.slug}.{task.name}"
            if is_a_question(task) and actor.can(RUN, task=name):
                yield name
                numbers = offered(actor=actor, vertical=vertical.slug, task=task.name)
                yield from (f"{name}@{number}" for number in numbers)
    yield from (name for name in (*_itself()[:1], *_adapters()) if actor.can(CHAT, model=name))
    if actor.can(EMBED):
        yield from encoders()
    yield from (name for name in media.models() if actor.can(MEDIA, model=name))


def _itself() -> list[str]:
    """The names of the model that answers by default; a path is told by its last part alone."""
    first = next((one["model"] for one in settings.SUNMAO_OPENAI_SERVERS), "")
    name = settings.SUNMAO_MODEL or (first if settings.SUNMAO_ENGINE == "openai" else "")
    if settings.SUNMAO_ENGINE == "extractive" or not name:
        return []
    return [PurePath(name).name if name.startswith("/") else name]


def _adapters() -> list[str]:
    """What the organisation trained for it, in its scope. Whether the model takes them, it says itself."""
    return serving.usable() if _itself() else []


def _row(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "sunmao"}


__all__ = ["Chosen", "chosen", "listed"]
