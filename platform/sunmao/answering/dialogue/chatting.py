"""A model itself answers: guarded, metered and recorded like every answer, from no knowledge base."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection, transaction

from sunmao.accounts import quotas
from sunmao.accounts.selectors import actor_by_id
from sunmao.answering import privacy
from sunmao.answering.counting import tokens_in
from sunmao.answering.dialogue.models import Dialogue
from sunmao.answering.given import Given, of_stored
from sunmao.answering.models import AnswerRecord, Exchange, ExchangeState, Outcome
from sunmao.answering.policies import CHAT, ModelNotAllowed
from sunmao.answering.run import Emit
from sunmao.audit import services as audit
from sunmao.audit.carrying import resume
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict
from sunmao.guards import inbound
from sunmao.guards.label import label
from sunmao.guards.moderation import service as moderation
from sunmao.guards.personal import Allowed, StreamMask
from sunmao.guards.personal.selectors import policy_for, surrogates_about
from sunmao.inference import capabilities
from sunmao.inference.coalescing import coalesced
from sunmao.inference.engine import Engine, Event, Finished, GenerationRequest, Token, ToolCall, events_of
from sunmao.inference.registry import engine
from sunmao.inference.structured import checked
from sunmao.knowledge.text.language import Language, language_of
from sunmao.modelhub import serving
from sunmao.modelhub.serving import Served

NO_RELEASE = uuid.UUID(int=0)


@dataclass
class Chat:
    """One answer in the making."""

    exchange: Exchange
    actor: Actor
    given: Given
    engine: Engine
    emit: Emit
    judgement: inbound.Judgement
    mask: StreamMask
    language: Language
    served: Served | None = None
    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    outcome: Outcome = Outcome.ANSWERED
    ended: Finished = field(default_factory=lambda: Finished("stop"))
    moderated: dict[str, Any] = field(default_factory=dict)
    label: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)


def make(exchange: Exchange, emit: Emit, *, stopped: Any) -> uuid.UUID:
    """From a claimed exchange to its record. Raises what the asker is to be told."""
    actor = actor_by_id(
        kind=exchange.owner_kind,
        actor_id=exchange.owner_id,
        organisation_id=exchange.organisation_id,
        language=exchange.owner_language,
    )
    actor = replace(actor, on_behalf_of=exchange.on_behalf_of or "")
    resume(exchange.options, organisation_id=exchange.organisation_id)
    writer = engine()  # loading one takes longer than a database may be held
    with tenancy.scope(exchange.organisation_id):
        chat = _begun(exchange, actor, writer, emit)
    if chat.judgement.action == "refuse":
        raise inbound.QuestionRefused
    said = "\n\n".join((*chat.given.earlier, str(exchange.question)))
    _moderate(chat, said, direction="question")
    chat.emit("step", {"name": "writing", "model": _model(chat), "ai_generated": True})
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # none is held while the model writes
    for event in _events(chat, stopped):
        _take(chat, event)
    _say(chat, chat.mask.flush())
    if moderation.checks("answer"):
        _moderate(chat, chat.text, direction="answer")
        chat.emit("token", {"text": chat.text})
    chat.label = label(
        kind="generated", produce_id=exchange.pk.hex, text=chat.text, producer=_producer(chat)
    ).stored()
    return _record(chat).pk


def _begun(exchange: Exchange, actor: Actor, found: Engine, emit: Emit) -> Chat:
    given = of_stored(Dialogue.objects.get(exchange=exchange).given)
    judgement = _judged(str(exchange.question), given)
    audit.record(actor=actor, verb="answer.intended", subject=exchange, task=exchange.task)
    if judgement.action == "refuse":
        rules = [finding["rule_id"] for finding in judgement.findings]
        audit.record(actor=actor, verb="question.refused", subject=exchange, task=exchange.task, rules=rules)
    if not any(actor.can(CHAT, model=name) for name in {found.name, found.model, given.model}):
        raise ModelNotAllowed(fields={"model": given.model})
    language = language_of(str(exchange.question))
    known = (str(exchange.question), *(one.content for one in given.messages))
    back = surrogates_about(exchange.pk)
    mask = StreamMask(
        policy=policy_for(place="answer"), language=language, allowed=Allowed((*known, *back.values()))
    )
    emit = privacy.putting_back(emit, back)
    served = serving.served_as(given.model)
    return Chat(exchange, actor, given, found, emit, judgement, mask, language, served)


def _judged(question: str, given: Given) -> inbound.Judgement:
    """What is refused as a question is refused as well where it was said before: the model reads both."""
    judgement = inbound.judge(question or "-")
    for text in given.earlier:
        if judgement.action == "refuse":
            break
        if (before := inbound.judge(text)).action == "refuse":
            judgement = before
    return judgement


def _model(chat: Chat) -> str:
    return chat.served.model if chat.served else chat.engine.model


def _producer(chat: Chat) -> dict[str, str]:
    told = {} if chat.served is None else vars(chat.served)
    return {name: told[name] for name in ("provider", "filing_number") if told.get(name)}


def _events(chat: Chat, stopped: Any) -> Iterator[Event]:
    given = chat.given
    request = GenerationRequest(
        prompt="",
        question=given.question,
        language=chat.language,
        passages=(),
        messages=given.messages,
        temperature=given.temperature,
        max_tokens=given.max_tokens,
        stop=given.stop,
        seed=given.seed,
        schema=given.schema,
        adapter=chat.served.name if chat.served else "",
        tools=given.tools,
        deadline=time.monotonic() + (chat.exchange.deadline - now()).total_seconds(),
        stopped=stopped,
    )
    capabilities.require(chat.engine, request)
    if given.schema is not None:
        return checked(chat.engine, request)
    return coalesced(events_of(chat.engine, request))


def _take(chat: Chat, event: Event) -> None:
    if isinstance(event, Token):
        _say(chat, chat.mask.feed(event.text))
    elif isinstance(event, ToolCall):
        chat.calls.append(event)
        _say(chat, chat.mask.flush())
        told = {"id": event.id, "name": event.name, "arguments": event.arguments}
        chat.emit("call", {"index": len(chat.calls) - 1, **told})
    else:
        chat.ended = event
        if event.reason == "cancelled":
            chat.outcome = Outcome.STOPPED


def _say(chat: Chat, piece: str) -> None:
    chat.text += piece
    if piece and not moderation.checks("answer"):
        chat.emit("token", {"text": piece})


def _moderate(chat: Chat, text: str, *, direction: moderation.Direction) -> None:
    verdict = moderation.moderate(text, direction=direction)
    if verdict.state == "off":
        return
    chat.moderated[direction] = verdict.as_dict()
    if verdict.blocked and direction == "question":
        raise inbound.QuestionRefused
    if verdict.blocked:
        chat.text, chat.calls, chat.outcome = "", [], Outcome.WITHHELD


def _record(chat: Chat) -> AnswerRecord:
    """The account and its audit entry in one transaction, as of every answer."""
    exchange, read = chat.exchange, "".join(one.content for one in chat.given.messages)
    usage = {
        "prompt_tokens": chat.ended.prompt_tokens or tokens_in(read),
        "completion_tokens": chat.ended.tokens or tokens_in(chat.text),
    }
    with tenancy.scope(exchange.organisation_id), transaction.atomic():
        running = Exchange.objects.filter(pk=exchange.pk, state=ExchangeState.RUNNING)
        ended = ExchangeState.STOPPED if chat.outcome == Outcome.STOPPED else ExchangeState.DONE
        if not running.update(state=ended):
            raise Conflict(code="exchange_ended")
        quotas.settle(work_id=exchange.pk, tokens=sum(usage.values()))
        dialogue = Dialogue.objects.get(exchange=exchange)
        dialogue.calls = [[call.id, call.name, call.arguments] for call in chat.calls]
        dialogue.save(update_fields=["calls"])
        answer = AnswerRecord.objects.create(
            exchange=exchange,
            release_id=NO_RELEASE,
            actor_kind=chat.actor.kind,
            actor_id=chat.actor.id,
            person_key=exchange.person_key,
            task=exchange.task,
            question=exchange.question,
            language=chat.language,
            outcome=chat.outcome,
            text=chat.text,
            findings=list(chat.judgement.findings),
            engine=chat.engine.name,
            model=_model(chat),
            relevance=0.0,
            label=chat.label,
            guards={
                "question": chat.judgement.as_dict(),
                "usage": usage,
                "finish": chat.ended.reason,
                **({"partial": chat.ended.reason} if chat.ended.reason in ("dropped", "length") else {}),
                **({"moderated": chat.moderated} if chat.moderated else {}),
            },
            spans=[],
            seconds=round(time.perf_counter() - chat.started, 4),
        )
        audit.record(
            actor=chat.actor,
            verb="answer.recorded",
            subject=answer,
            task=answer.task,
            outcome=answer.outcome,
        )
    return answer


__all__ = ["NO_RELEASE", "make"]
