"""Who may run what with which model, and whose accounts they may read."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunmao.core.actor import Actor
from sunmao.core.errors import Forbidden
from sunmao.inference.engine import Engine
from sunmao.releases.models import Release

READ_PASSAGES = "knowledge.passage.read"
RUN, READ_ALL = "answering.task.run", "answering.record.read_all"
EMBED, MEDIA = "answering.text.embed", "answering.media.make"
CHAT, CHAT_TASK = "answering.model.chat", "model.chat"
"""Talking to a model itself is the task of no business line, and a right of its own."""


class ModelNotAllowed(Forbidden):
    code = "model_not_allowed"
    default_message = _("The model that answers here is not one that you may use.")


def require_task(actor: Actor, task: str) -> None:
    """What somebody needs to begin a task, and to go on listening to its answer."""
    if task == CHAT_TASK:
        actor.require(CHAT)
    else:
        actor.require(RUN, task=task)


def require_model(*, actor: Actor, task: str, engine: Engine) -> None:
    """A grant may name an engine or one of its models."""
    if not may_use_model(actor=actor, task=task, engine=engine):
        raise ModelNotAllowed(fields={"model": engine.model or engine.name})


def may_use_model(*, actor: Actor, task: str, engine: Engine) -> bool:
    names = {engine.name, engine.model} - {""}
    return any(actor.can(RUN, task=task, model=name) for name in names)


def may_choose(actor: Actor, base: str, release: Release | None) -> bool:
    """A grant for some tasks reads other lines' bases through the releases that name them, and no others."""
    return (release is not None and base in release.bases) or actor.can(READ_PASSAGES, base=base)


def accounts_of_all(actor: Actor) -> Q:
    """The answers, of whomever, that the actor may read: of all tasks, or of some."""
    tasks = actor.tasks_for(READ_ALL)
    if tasks is None:
        return Q(organisation_id=actor.organisation_id)
    among = Q(pk__in=[])
    for one in sorted(tasks):
        among |= Q(task=one) | Q(task__startswith=f"{one}.")
    return Q(organisation_id=actor.organisation_id) & among
