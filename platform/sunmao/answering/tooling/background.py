"""Tools that take long: a job does the work, and the conversation goes on by itself when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import translation
from kombu.exceptions import OperationalError

from sunmao.accounts import quotas
from sunmao.accounts.selectors import actor_by_id
from sunmao.answering.models import Exchange, ExchangeState
from sunmao.answering.tooling import uses
from sunmao.answering.tooling.models import ToolUse, UseState
from sunmao.answering.tooling.toolbox import Offered, context_for, toolbox_for
from sunmao.answering.tooling.working import Outcome, attempted
from sunmao.core import streams, tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Forbidden
from sunmao.core.ids import reference
from sunmao.guards.personal import services as personal
from sunmao.guards.personal.selectors import surrogates_about
from sunmao.inference.tools.declaring import Context
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease

KIND = "tooling.call"

log = structlog.get_logger(__name__)


def begin(
    *,
    context: Context,
    exchange: Exchange | None,
    offered: Offered,
    call_id: str,
    arguments: Mapping[str, Any],
    repairs: int = 0,
) -> ToolUse:
    """Inside the actor's scope: the model is told that it was accepted, and goes on without the result."""
    with transaction.atomic():
        use = uses.note(
            actor=context.actor,
            exchange=exchange,
            task=context.task,
            call_id=call_id,
            tool=offered.name,
            effect=offered.effect,
            arguments=arguments,
            state=UseState.QUEUED,
            preview={"title": offered.title},
            repairs=repairs,
        )
        use.job = jobs.enqueue(actor=context.actor, kind=KIND, subject_id=use.pk)
        use.save(update_fields=["job"])
    return use


def work(lease: Lease) -> dict[str, Any]:
    """With the rights that the person has when it runs, not those of when it was asked."""
    with tenancy.scope(lease.organisation_id):
        use = ToolUse.objects.select_related("exchange__conversation").get(pk=reference(lease.subject_id))
        actor = _actor_of(use)
        offered = toolbox_for(actor=actor, task=use.task).get(use.tool)
    if offered is None:
        raise Forbidden(fields={"tool": use.tool})
    outcome = _done(actor, use, offered)
    told = {"use_id": str(use.pk), "ok": outcome.result.ok}
    with tenancy.scope(lease.organisation_id), transaction.atomic():
        lease.succeed(told)
        use.state = UseState.DONE if outcome.result.ok else UseState.FAILED
        use.result, use.error_code = outcome.result.as_dict(), outcome.code
        use.milliseconds, use.ended_at = outcome.milliseconds, now()
        use.save(update_fields=["state", "result", "error_code", "milliseconds", "ended_at"])
        uses.tell(actor, use, "tool.finished")
        if use.exchange is not None:
            _go_on(actor, use.exchange)
    return told


def _actor_of(use: ToolUse) -> Actor:
    actor = actor_by_id(
        kind=use.owner_kind,
        actor_id=use.owner_id,
        organisation_id=use.organisation_id,
        language=use.owner_language,
    )
    return replace(actor, on_behalf_of=use.on_behalf_of or "")


def _done(actor: Actor, use: ToolUse, offered: Offered) -> Outcome:
    context = context_for(actor=actor, task=use.task)

    def call() -> Any:
        with tenancy.scope(actor.organisation_id), translation.override(actor.language):
            return offered.call(context, use.arguments)

    return attempted(call)


def _go_on(actor: Actor, exchange: Exchange) -> None:
    """The same question once more, in the same conversation, with what the tool gave."""
    following = Exchange.objects.create(
        conversation=exchange.conversation,
        owner_kind=exchange.owner_kind,
        owner_id=exchange.owner_id,
        owner_language=exchange.owner_language,
        person_key=exchange.person_key,
        on_behalf_of=exchange.on_behalf_of,
        task=exchange.task,
        question=str(exchange.question),
        options={**exchange.options, "resumes": str(exchange.pk)},
        deadline=now() + timedelta(seconds=settings.SUNMAO_ANSWER_SECONDS),
    )
    personal.keep_surrogates(
        about=following.pk, person_key=following.person_key, surrogates=surrogates_about(exchange.pk)
    )
    quotas.reserve(actor=actor, work_id=following.pk)
    transaction.on_commit(lambda: _send(following, exchange))


def _send(following: Exchange, exchange: Exchange) -> None:
    streams.publish(str(exchange.pk), "resumed", {"exchange_id": str(following.pk)})
    try:
        arguments = (str(following.organisation_id), str(following.pk))
        current_app.send_task("answering.answer", args=arguments, queue="default", retry=False)
    except (OperationalError, OSError):
        log.warning("resumed_exchange_not_sent", exchange=str(following.pk), exc_info=True)
        with tenancy.scope(following.organisation_id):
            Exchange.objects.filter(pk=following.pk).update(state=ExchangeState.INTERRUPTED)
            quotas.give_back(work_id=following.pk)


__all__ = ["begin", "work"]
