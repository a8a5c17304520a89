"""What every door shows of an action that waits for somebody, and of tools."""

from __future__ import annotations

from typing import Any

from sunmao.answering.tooling.confirming import token_of
from sunmao.answering.tooling.models import ToolUse, UseState
from sunmao.answering.tooling.toolbox import Offered
from sunmao.core.clock import now


def action(use: ToolUse) -> dict[str, Any]:
    """For its owner alone: it carries the confirmation."""
    state = state_of(use)
    return {
        "id": str(use.pk),
        "tool": use.tool,
        "effect": use.effect,
        "state": state.value,
        "title": str(use.preview.get("title", use.tool)),
        "preview": {name: value for name, value in use.preview.items() if name != "title"},
        "arguments": use.arguments,
        "expires_at": use.expires_at.isoformat() if use.expires_at else None,
        "job_id": str(use.job_id) if use.job_id else None,
        "result": use.result or None,
        "token": token_of(use) if state == UseState.PROPOSED else None,
    }


def state_of(use: ToolUse) -> UseState:
    """Also when nobody has come by to write it down."""
    if use.state == UseState.QUEUED and use.job and use.job.has_ended:
        return UseState.FAILED
    return UseState.EXPIRED if is_late(use) else UseState(use.state)


def is_late(use: ToolUse) -> bool:
    return use.state == UseState.PROPOSED and use.expires_at is not None and use.expires_at <= now()


def offered(one: Offered) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "about": one.spec.description,
        "effect": one.effect,
        "asynchronous": one.asynchronous,
        "outside": one.outside,
        "permission": one.permission,
        "parameters": dict(one.spec.parameters),
    }


__all__ = ["action", "is_late", "offered", "state_of"]
