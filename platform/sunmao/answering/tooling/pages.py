"""The block that shows what a model proposes, and the buttons under it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from sunmao.accounts.decorators import member_required, sign_in_first
from sunmao.accounts.middleware import MemberRequest
from sunmao.answering.models import AnswerRecord, Conversation
from sunmao.answering.tooling import confirming, presenting
from sunmao.answering.tooling.models import ToolUse, UseState
from sunmao.answering.tooling.selectors import actions_of
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.core.ids import reference
from sunmao.core.resolving import visible


def actions_shown(record: AnswerRecord) -> list[dict[str, Any]]:
    """What an answer handed over, for its owner. Most handed over nothing, and nothing is looked up."""
    ids = record.guards.get("actions")
    if not ids:
        return []
    with tenancy.scope(record.organisation_id):
        return [block(use) for use in actions_of(record.exchange_id, ids)]


def block(use: ToolUse, problem: str = "") -> dict[str, Any]:
    told = presenting.action(use)
    state = UseState(told["state"])
    values = told["preview"].get("values", {})
    return {
        **told,
        "state_name": state.label,
        "waits": state == UseState.PROPOSED,
        "runs": state == UseState.QUEUED,
        "failed": state in (UseState.FAILED, UseState.EXPIRED) or bool(use.error_code),
        "money": use.effect == "money",
        "values": values.items() if isinstance(values, dict) else (),
        "says": told["preview"].get("says", ""),
        "problem": problem,
        "url": reverse("portal:action", args=[use.pk]),
        "confirm_url": reverse("portal:confirm_action", args=[use.pk]),
        "cancel_url": reverse("portal:cancel_action", args=[use.pk]),
    }


def _load(actor: Actor, action_id: UUID) -> ToolUse:
    with tenancy.scope(actor.organisation_id):
        found: ToolUse = visible(actor, "action", action_id)
        return found


@require_GET
@member_required
def shown(request: HttpRequest, action_id: UUID) -> HttpResponse:
    use = _load(cast(MemberRequest, request).actor, action_id)
    return _told(request, use)


@require_POST
def confirm(request: HttpRequest, action_id: UUID) -> HttpResponse:
    return _decided(request, action_id, confirms=True)


@require_POST
def cancel(request: HttpRequest, action_id: UUID) -> HttpResponse:
    return _decided(request, action_id, confirms=False)


def _decided(request: HttpRequest, action_id: UUID, *, confirms: bool) -> HttpResponse:
    """Not inside a scope: what a confirmation marks must be committed before another server is asked."""
    denied = sign_in_first(request)
    if denied:
        return denied
    actor = cast(MemberRequest, request).actor
    use, problem = _load(actor, action_id), ""
    try:
        if confirms:
            confirming.confirm(actor=actor, use=use, token=request.POST.get("token", ""))
        else:
            confirming.cancel(actor=actor, use=use)
    except Conflict as error:
        if not request.headers.get("HX-Request"):
            raise
        problem = str(error.message)
    return _told(request, _load(actor, action_id), problem)


def _told(request: HttpRequest, use: ToolUse, problem: str = "") -> HttpResponse:
    if request.headers.get("HX-Request"):
        with tenancy.scope(use.organisation_id):
            return render(request, "ui/_action.html", {"action": block(use, problem)})
    return redirect(_conversation_url(use))


def _conversation_url(use: ToolUse) -> str:
    with tenancy.scope(use.organisation_id):
        conversation = Conversation.objects.filter(pk=reference(use.conversation_id)).first()
    if conversation is None:
        return reverse("portal:home")
    return reverse(f"{conversation.vertical}:conversation", args=[conversation.pk])


__all__ = ["actions_shown", "block", "cancel", "confirm", "shown"]
