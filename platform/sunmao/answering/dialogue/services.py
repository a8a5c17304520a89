"""Asking with a whole conversation: a business line's task, or a model itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from sunmao.accounts import quotas
from sunmao.answering import privacy, services
from sunmao.answering.dialogue.models import Dialogue
from sunmao.answering.given import Given, stored
from sunmao.answering.models import Conversation, Exchange
from sunmao.answering.policies import CHAT, CHAT_TASK
from sunmao.audit.carrying import carried
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import EmptyInput
from sunmao.guards.screen import screen

LONGEST = 100_000  # characters of a whole conversation with a model


def ask_task(
    *, actor: Actor, task_name: str, given: Given, data: Mapping[str, Any], release: int | None = None
) -> Exchange:
    """The pipeline of a task. Of the conversation only what the person said before is used: it is what a
    follow-up refers to. The caller's orders to the model have no authority over the release's own prompt."""
    _check_length(given)

    def attach(exchange: Exchange, surrogates: dict[str, str]) -> None:
        base = exchange.options.get("base")
        kept = privacy.conversation_protected(actor, given, surrogates, task=exchange.task, base=base)
        _keep(exchange, kept)

    return services.ask(actor=actor, task_name=task_name, data=data, release=release, attach=attach)


def ask_model(*, actor: Actor, given: Given) -> Exchange:
    """A model itself, without knowledge and without a business line's rules; guards and records as ever."""
    actor.require(CHAT, model=given.model)
    if not given.question and not any(one.images for one in given.messages):
        raise EmptyInput(fields={"messages": EmptyInput.default_message})
    _check_length(given)
    with tenancy.scope(actor.organisation_id):
        exchange, surrogates = _store(actor, given)
        _keep(exchange, privacy.conversation_protected(actor, given, surrogates))
        quotas.reserve(actor=actor, work_id=exchange.pk)
        transaction.on_commit(lambda: services.send(exchange))
    return exchange


def _check_length(given: Given) -> None:
    """Of all that somebody said, calls and their answers included."""
    said = [text for one in given.messages for text in (one.content, *(call.arguments for call in one.calls))]
    screen(text="".join(said) or "-", field="messages", limit=LONGEST)


def calls_of(exchange: Exchange) -> list[list[str]]:
    """The tools that the model asked its caller to run, in the caller's own words: id, name, arguments."""
    with tenancy.scope(exchange.organisation_id):
        calls = list(Dialogue.objects.get(exchange=exchange).calls)
    return privacy.calls_for_asker(exchange, calls)


def _store(actor: Actor, given: Given) -> tuple[Exchange, dict[str, str]]:
    person_key = persons.key_of(actor.subject, duty="")
    taken = privacy.question_protected(actor, given.question)
    conversation = Conversation.objects.create(
        owner_id=actor.id, person_key=person_key, vertical="", title=privacy.title_of(taken.text)
    )
    exchange = Exchange.objects.create(
        conversation=conversation,
        owner_kind=actor.kind,
        owner_id=actor.id,
        owner_language=actor.language,
        person_key=person_key,
        on_behalf_of=actor.on_behalf_of or None,
        task=CHAT_TASK,
        question=taken.text,
        options=carried(actor),
        deadline=now() + timedelta(seconds=settings.SUNMAO_ANSWER_SECONDS),
    )
    return exchange, dict(taken.surrogates)


def _keep(exchange: Exchange, protected: tuple[Given, Mapping[str, str]]) -> None:
    given, surrogates = protected
    Dialogue.objects.create(exchange=exchange, person_key=exchange.person_key, given=stored(given))
    privacy.keep_surrogates(exchange, surrogates)


__all__ = ["ask_model", "ask_task", "calls_of"]
