"""Asking, waiting, stopping, feedback: the verbs that every door uses."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from sunmao.accounts import quotas
from sunmao.accounts.selectors import actor_by_id, verticals_of
from sunmao.answering import pipeline, privacy
from sunmao.answering.duties import duty_of
from sunmao.answering.inputs import DIALOGUE, RELEASE, TaskInput, checked, with_option
from sunmao.answering.models import AnswerRecord, Conversation, Exchange, ExchangeState
from sunmao.answering.policies import RUN, may_choose, require_task
from sunmao.audit import services as audit
from sunmao.audit.carrying import carried
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import InvalidInput, NotFound, SunmaoError, Unavailable
from sunmao.core.resolving import visible
from sunmao.core.streams import BrokerUnavailable, StreamEvent
from sunmao.core.vertical import find_task
from sunmao.knowledge.pins import existing_version
from sunmao.releases import services as releases
from sunmao.releases.selectors import serving

log = structlog.get_logger(__name__)

PICK_UP_SECONDS = 15
FEEDBACK = ("up", "down", "")


class NoWorker(Unavailable):
    code = "no_worker"
    default_message = _(
        "No worker picked the question up. It was kept; ask the operator to start the workers."
    )


class Interrupted(Unavailable):
    code = "interrupted"
    default_message = _("The answer was interrupted. Your question was kept; ask it again.")


class AnswerFailed(SunmaoError):
    """An error that happened in a worker, told again to whoever waited."""

    def __init__(self, detail: dict[str, Any]) -> None:
        self.status = int(detail.get("status", 500))  # type: ignore[misc]
        if self.status == Unavailable.status:
            self.retry_after = Unavailable.retry_after
        texts: dict[str, str] = detail.get("texts", {})
        language = translation.get_language() or settings.LANGUAGE_CODE
        super().__init__(texts.get(language) or next(iter(texts.values()), ""), code=detail.get("code"))


def ask(
    *,
    actor: Actor,
    task_name: str,
    data: object,
    release: int | None = None,
    attach: Callable[[Exchange, dict[str, str]], None] | None = None,
) -> Exchange:
    """Check, store and hand a question to the workers. Every door calls this.

    `release` asks a certain one by its number; `attach` keeps what came besides the question, in the same
    transaction, and is given what was taken out of it.
    """
    vertical, task = find_task(task_name)
    name = f"{vertical.slug}.{task.name}"
    actor.require(RUN)
    enabled = vertical in verticals_of(actor.organisation_id)
    if not enabled or not actor.can(RUN, task=name):
        raise NotFound(code="unknown_task", fields={"task": task_name})
    given = checked(task=task, data=data)
    with tenancy.scope(actor.organisation_id):
        found = None
        if release is not None:
            found = releases.numbered(actor=actor, vertical=vertical.slug, task=task.name, number=release)
        if "base" in given.options:
            base = visible(actor, "base", given.options["base"], task=name)
            if not may_choose(actor, base.slug, found or serving(vertical=vertical.slug, task=task.name)):
                raise NotFound(code="unknown_base", fields={"base": base.slug})
            existing_version(base, given.options.get("version", base.version))
        taken = privacy.at_the_door(actor=actor, vertical=vertical.slug, task=task.name, given=given)
        if found is not None:
            taken = replace(taken, given=with_option(taken.given, RELEASE, found.number))
        if attach:
            taken = replace(taken, given=with_option(taken.given, DIALOGUE, True))
        exchange = _store(actor=actor, vertical=vertical.slug, task_name=name, given=taken.given)
        privacy.keep(exchange, taken)
        if attach:
            attach(exchange, dict(taken.surrogates))
        quotas.reserve(actor=actor, work_id=exchange.pk)
        transaction.on_commit(lambda: send(exchange))
    return exchange


def _store(*, actor: Actor, vertical: str, task_name: str, given: TaskInput) -> Exchange:
    person_key = persons.key_of(actor.subject, duty=duty_of(task_name))
    if given.conversation_id:
        conversation = visible(actor, "conversation", given.conversation_id, vertical=vertical)
        conversation.save(update_fields=["updated_at"])
    else:
        conversation = Conversation.objects.create(
            owner_id=actor.id,
            person_key=person_key,
            vertical=vertical,
            title=privacy.title_of(given.question),
        )
    return Exchange.objects.create(
        conversation=conversation,
        owner_kind=actor.kind,
        owner_id=actor.id,
        owner_language=actor.language,
        person_key=person_key,
        on_behalf_of=actor.on_behalf_of or None,
        task=task_name,
        question=given.question,
        options={**given.options, **carried(actor, duty=duty_of(task_name))},
        deadline=now() + timedelta(seconds=settings.SUNMAO_ANSWER_SECONDS),
    )


def send(exchange: Exchange) -> None:
    """After the commit."""
    try:
        arguments = (str(exchange.organisation_id), str(exchange.pk))
        current_app.send_task("answering.answer", args=arguments, queue="default", retry=False)
    except (OperationalError, OSError) as error:
        away = BrokerUnavailable()
        with tenancy.scope(exchange.organisation_id):
            unsent = Exchange.objects.filter(pk=exchange.pk)
            unsent.update(state=ExchangeState.FAILED, error=pipeline.detail_of(away))
            quotas.give_back(work_id=exchange.pk)
        raise away from error


def wait(*, exchange: Exchange) -> AnswerRecord:
    """Block until the answer is recorded. Raises whatever went wrong, `NoWorker` when nobody began."""
    for _event in events(exchange=exchange):
        pass
    return finished(exchange=exchange)


def events(*, exchange: Exchange) -> Iterator[StreamEvent]:
    """The answer as it comes about, the last event included. Holds no database connection."""
    after, silent_for = streams.BEGINNING, 0
    asker = Asker(exchange)
    while not ended(exchange=exchange):
        tenancy.give_back()
        for event in streams.listen(str(exchange.pk), seconds=2, after=after):
            after, silent_for = event.id, 0
            yield event
            if event.kind in ("done", "failed"):
                return
            asker.check()
        silent_for += 2
        asker.check()
        if silent_for >= PICK_UP_SECONDS:
            give_up_when_nobody_began(exchange=exchange)


class Asker:
    """Whoever listens to an answer. Rights that are taken away end the listening, and the writing, too."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._checked = time.monotonic()

    def check(self) -> None:
        """Look again when some seconds have passed. Raises what a new question would be told."""
        if time.monotonic() - self._checked < settings.SUNMAO_STREAM_RECHECK_SECONDS:
            return
        self._checked = time.monotonic()
        asked = self._exchange
        try:
            actor = actor_by_id(
                kind=asked.owner_kind,
                actor_id=asked.owner_id,
                organisation_id=asked.organisation_id,
                language=asked.owner_language,
            )
            require_task(actor, asked.task)
        except SunmaoError:
            stop(exchange=asked)
            raise
        finally:
            tenancy.give_back()


def ended(*, exchange: Exchange) -> bool:
    with tenancy.scope(exchange.organisation_id):
        exchange.refresh_from_db()
    return exchange.has_ended


def give_up_when_nobody_began(*, exchange: Exchange) -> None:
    """Workers that show a sign of life are busy, and come to it: then the answer's own time is what ends."""
    if exchange.state == ExchangeState.PENDING and not streams.worker_is_alive():
        pipeline.fail(exchange=exchange, error=NoWorker())
        exchange.state = ExchangeState.FAILED


def finished(*, exchange: Exchange) -> AnswerRecord:
    """The record of an exchange that has ended, or its error."""
    with tenancy.scope(exchange.organisation_id):
        exchange.refresh_from_db()
        record = AnswerRecord.objects.select_related("exchange").filter(exchange=exchange).first()
    if record is None:
        raise AnswerFailed(exchange.error)
    return privacy.for_asker(record)


def stop(*, exchange: Exchange) -> None:
    """Ask the engine to stop; what it wrote so far is recorded as stopped."""
    if not exchange.has_ended:
        streams.raise_flag(str(exchange.pk))


def give_feedback(*, actor: Actor, exchange: Exchange, value: str) -> None:
    if value not in FEEDBACK:
        raise InvalidInput(fields={"feedback": _("must be up, down or empty")})
    with tenancy.scope(actor.organisation_id):
        Exchange.objects.filter(pk=exchange.pk).update(feedback=value)
        audit.record(actor=actor, verb="answer.rated", subject=exchange, value=value, task=exchange.task)
    exchange.feedback = value


def sweep() -> int:
    """End the answers whose worker is gone, so that nobody waits for ever. Returns how many.

    It runs where answers are made, so that its running is also the sign that answers can be made.
    """
    streams.sign_of_life()
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        unfinished = Exchange.objects.filter(state__in=[ExchangeState.PENDING, ExchangeState.RUNNING])
        late: list[tuple[uuid.UUID, uuid.UUID]] = list(
            unfinished.filter(deadline__lt=now())
            .order_by(F("deadline"))
            .values_list("organisation_id", "pk")[:500]
        )
    for organisation_id, exchange_id in late:
        with tenancy.scope(organisation_id):
            exchange = Exchange.objects.get(pk=exchange_id)
        pipeline.fail(exchange=exchange, error=Interrupted(), state=ExchangeState.INTERRUPTED)
    return len(late)


__all__ = [
    "AnswerFailed",
    "AnswerRecord",
    "Asker",
    "Exchange",
    "Interrupted",
    "NoWorker",
    "ask",
    "ended",
    "events",
    "finished",
    "give_feedback",
    "give_up_when_nobody_began",
    "send",
    "stop",
    "sweep",
    "wait",
]
