"""One row and one audit entry for every call, whatever became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sunmao.answering.duties import duty_of
from sunmao.answering.models import Exchange
from sunmao.answering.tooling.models import ToolUse, UseState
from sunmao.audit import services as audit
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.ids import new_id

_CALLED = {UseState.DONE: "tool.called", UseState.FAILED: "tool.called", UseState.QUEUED: "tool.called"}


def canonical(arguments: Mapping[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(use_id: UUID, tool: str, arguments: Mapping[str, Any]) -> str:
    """With the id, so that it tells nothing about arguments that were erased."""
    return hashlib.sha256(f"{use_id}|{tool}|{canonical(arguments)}".encode()).hexdigest()


def note(
    *,
    actor: Actor,
    exchange: Exchange | None,
    task: str,
    call_id: str,
    tool: str,
    effect: str,
    arguments: Mapping[str, Any],
    state: UseState,
    result: Mapping[str, Any] | None = None,
    preview: Mapping[str, Any] | None = None,
    **more: Any,
) -> ToolUse:
    """Inside the actor's scope."""
    pk = new_id()
    use = ToolUse.objects.create(
        id=pk,
        exchange=exchange,
        conversation_id=exchange.conversation_id if exchange else None,
        owner_kind=actor.kind,
        owner_id=actor.id,
        owner_language=actor.language,
        person_key=exchange.person_key if exchange else _own_key(actor, task),
        on_behalf_of=actor.on_behalf_of or None,
        task=task,
        call_id=call_id[:120],
        tool=tool[:130],
        effect=effect,
        arguments=dict(arguments),
        digest=digest_of(pk, tool[:130], arguments),
        state=state,
        preview=dict(preview or {}),
        result=dict(result or {}),
        ended_at=now() if state in (UseState.DONE, UseState.FAILED) else None,
        **more,
    )
    tell(actor, use, _CALLED.get(state, "tool.proposed"))
    return use


def _own_key(actor: Actor, task: str) -> UUID:
    return persons.key_of(actor.subject, duty=duty_of(task)) if task else persons.key_of(actor.subject)


def tell(actor: Actor, use: ToolUse, verb: str) -> None:
    """What was asked of the tool is about a person; which tool it was, and how it ended, is not."""
    audit.record(
        actor=actor,
        verb=verb,
        subject=use,
        task=use.task or None,
        tool=use.tool,
        effect=use.effect,
        state=str(use.state),
        error=use.error_code,
        milliseconds=use.milliseconds,
        repairs=use.repairs,
        exchange=str(use.exchange_id) if use.exchange_id else None,
        personal={"arguments": canonical(use.arguments)[:4000]},
    )


__all__ = ["canonical", "digest_of", "note", "tell"]
