"""From a waiting exchange to a recorded answer. Runs in a worker.

The database is held only by the steps that need it, never while an engine writes.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog

from sunmao.accounts import quotas
from sunmao.accounts.selectors import actor_by_id
from sunmao.answering import guarding, privacy, steps
from sunmao.answering.models import Exchange, ExchangeState
from sunmao.answering.policies import CHAT_TASK
from sunmao.answering.run import Run
from sunmao.audit.carrying import resume
from sunmao.core import streams, tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.vertical import find_task
from sunmao.core.vertical import resolve as load
from sunmao.jobs.services import InternalError, in_every_language

log = structlog.get_logger(__name__)

STOP_CHECK_SECONDS = 0.2
CHATTING = "sunmao.answering.dialogue.chatting.make"
WITH_DATABASE = (
    steps.screen,
    guarding.inspect,
    steps.intend,
    steps.resolve,
    steps.retrieve,
    steps.apply_rules,
    guarding.admit,
    steps.render,
)


def answer(*, organisation_id: uuid.UUID, exchange_id: uuid.UUID) -> None:
    """Claim the exchange and answer it; a message that comes twice finds nothing to claim."""
    with tenancy.scope(organisation_id):
        waiting = Exchange.objects.filter(pk=exchange_id, state=ExchangeState.PENDING)
        if not waiting.update(state=ExchangeState.RUNNING):
            return
        exchange = Exchange.objects.get(pk=exchange_id)
    emit = streams.Publisher(str(exchange_id))
    try:
        if exchange.task == CHAT_TASK:
            record: uuid.UUID = load(CHATTING)(exchange, emit, stopped=_stop_check(exchange_id))
        else:
            record = _answer(exchange, emit)
    except SunmaoError as error:
        emit.close()
        fail(exchange=exchange, error=error)
    except Exception:  # noqa: BLE001  whatever a rule or an engine raises, the asker must be told
        log.exception("answer_failed", exchange=str(exchange_id))
        emit.close()
        fail(exchange=exchange, error=InternalError())
    else:
        emit("done", {"record_id": str(record)})


def _answer(exchange: Exchange, emit: Callable[[str, dict[str, Any]], None]) -> uuid.UUID:
    actor = actor_by_id(
        kind=exchange.owner_kind,
        actor_id=exchange.owner_id,
        organisation_id=exchange.organisation_id,
        language=exchange.owner_language,
    )
    actor = replace(actor, on_behalf_of=exchange.on_behalf_of or "")
    vertical, task = find_task(exchange.task)
    resume(exchange.options, organisation_id=exchange.organisation_id)
    run = Run(
        exchange=exchange,
        actor=actor,
        vertical=vertical,
        task=task,
        emit=emit,
        stopped=_stop_check(exchange.pk),
    )
    with run.span("protect"):
        privacy.screen(run)
    with tenancy.scope(actor.organisation_id):
        for step in WITH_DATABASE:
            with run.span(step.__name__):
                step(run)
    guarding.turn_away(run)
    for step in (guarding.moderate, steps.generate, steps.verify):
        with run.span(step.__name__):
            step(run)
    return steps.record(run).pk


def _stop_check(exchange_id: uuid.UUID) -> Callable[[], bool]:
    """Ask Redis five times a second at most: an engine asks after every token."""
    asked, known = 0.0, False

    def stopped() -> bool:
        nonlocal asked, known
        if not known and time.monotonic() - asked > STOP_CHECK_SECONDS:
            asked, known = time.monotonic(), streams.flag_is_up(str(exchange_id))
        return known

    return stopped


def detail_of(error: SunmaoError) -> dict[str, Any]:
    """An error as an exchange keeps it."""
    return {"code": error.code, "status": error.status, "texts": in_every_language(error.message)}


def fail(*, exchange: Exchange, error: SunmaoError, state: ExchangeState = ExchangeState.FAILED) -> None:
    """End an exchange with its reason, kept in both languages, and tell whoever listens."""
    detail = detail_of(error)
    with tenancy.scope(exchange.organisation_id):
        open_ = Exchange.objects.filter(
            pk=exchange.pk, state__in=[ExchangeState.PENDING, ExchangeState.RUNNING]
        )
        if not open_.update(state=state, error=detail):
            return
        quotas.give_back(work_id=exchange.pk)
    streams.publish(str(exchange.pk), "failed", detail)
