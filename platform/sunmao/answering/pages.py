"""The work page of a vertical: ask, watch the answer come, stop it, rate it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from sunmao.accounts.decorators import member_required, sign_in_first
from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.selectors import verticals_for
from sunmao.answering import services
from sunmao.answering.models import Conversation, Exchange
from sunmao.answering.selectors import conversations_of
from sunmao.answering.streaming import Relay
from sunmao.answering.turns import turn
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.resolving import visible
from sunmao.core.vertical import Vertical, config_of, example_questions

Ask = Callable[..., Exchange]
LISTED = 30


def portal_urls(
    *, slug: str, ask: Ask, template: str = "ui/ask.html", name: str = "work"
) -> list[URLPattern]:
    """The addresses of a vertical's work page; `ask(actor=…, question=…, conversation_id=…)` is its verb.

    `name` is another than `work` where the vertical begins with another page; then it is in the address too.
    """

    def page(request: HttpRequest, conversation_id: UUID | None = None) -> HttpResponse:
        return work_page(request, slug=slug, template=template, conversation_id=conversation_id, name=name)

    def submit(request: HttpRequest) -> HttpResponse:
        return submit_question(request, slug=slug, ask=ask, name=name)

    return [
        path("" if name == "work" else f"{name}/", require_GET(member_required(page)), name=name),
        path(
            "conversations/<uuid:conversation_id>/", require_GET(member_required(page)), name="conversation"
        ),
        path("ask/", require_POST(submit), name="ask"),
    ]


def _enabled(request: MemberRequest, slug: str) -> Vertical:
    vertical = config_of(slug).vertical
    if vertical not in verticals_for(request.actor):
        raise NotFound(code="unknown_vertical")
    return vertical


def work_page(
    request: HttpRequest, *, slug: str, template: str, conversation_id: UUID | None, name: str = "work"
) -> HttpResponse:
    member = cast(MemberRequest, request)
    vertical = _enabled(member, slug)
    current = None
    if conversation_id:
        current = visible(member.actor, "conversation", conversation_id, vertical=slug)
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    context = {
        "vertical": vertical,
        "turns": [turn(exchange) for exchange in _exchanges(current)],
        "ask_url": reverse(f"{slug}:ask"),
        "examples": example_questions(slug).get(language, []),
        "conversation_id": conversation_id or "",
        "max_length": vertical.task(vertical.default_task).max_length,
        "question": request.GET.get("question", ""),
        **_conversations(member.actor, slug, conversation_id, name),
    }
    return render(request, template, context)


def _exchanges(conversation: Conversation | None) -> list[Exchange]:
    return list(conversation.exchanges.select_related("record")) if conversation else []


def _conversations(actor: Actor, slug: str, current: UUID | None, name: str) -> dict[str, Any]:
    return {
        "new_url": reverse(f"{slug}:{name}"),
        "conversations": [
            {
                "url": reverse(f"{slug}:conversation", args=[conversation.pk]),
                "title": conversation.title,
                "updated_at": conversation.updated_at,
                "is_current": conversation.pk == current,
            }
            for conversation in conversations_of(actor, vertical=slug)[:LISTED]
        ],
    }


def submit_question(request: HttpRequest, *, slug: str, ask: Ask, name: str = "work") -> HttpResponse:
    """Not inside the tenancy scope: the question must be committed before a worker looks for it."""
    denied = sign_in_first(request)
    if denied:
        return denied
    member = cast(MemberRequest, request)
    question = request.POST.get("question", "") or request.POST.get("example", "")
    exchange = ask(
        actor=member.actor, question=question, conversation_id=request.POST.get("conversation_id", "")
    )
    if not request.headers.get("HX-Request"):
        return redirect(f"{slug}:conversation", conversation_id=exchange.conversation_id)
    with tenancy.scope(member.actor.organisation_id):
        listed = _conversations(member.actor, slug, exchange.conversation_id, name)
    context = {
        "turn": turn(exchange),
        "conversation_id": exchange.conversation_id,
        "is_first": not request.POST.get("conversation_id"),
        **listed,
    }
    response = render(request, "ui/_asked.html", context)
    response["HX-Push-Url"] = reverse(f"{slug}:conversation", args=[exchange.conversation_id])
    return response


def _load(request: HttpRequest, exchange_id: UUID) -> Exchange:
    member = cast(MemberRequest, request)
    with tenancy.scope(member.actor.organisation_id):
        found: Exchange = visible(member.actor, "exchange", exchange_id)
        return found


async def stream(request: HttpRequest, exchange_id: UUID) -> HttpResponseBase:
    """The answer as server-sent events carrying HTML. The database connection is given back first."""
    denied = await sync_to_async(sign_in_first)(request)
    if denied:
        return denied
    exchange = await sync_to_async(_load)(request, exchange_id)
    await sync_to_async(connections.close_all)()
    relay = Relay(
        exchange=exchange, after=request.headers.get("Last-Event-ID", ""), language=get_language() or ""
    )
    response = StreamingHttpResponse(_closing(relay), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _closing(relay: Relay) -> AsyncIterator[str]:
    """A reader that goes away stops the engine: nobody would read what it writes."""
    ended = False
    try:
        async for message in relay.messages():
            yield message
        ended = True
    finally:
        if not ended:
            services.stop(exchange=relay.exchange)  # at once: whoever is cancelled cannot wait


@require_POST
def stop(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    denied = sign_in_first(request)
    if denied:
        return denied
    exchange = _load(request, exchange_id)
    services.stop(exchange=exchange)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(conversation_url(exchange))


@require_POST
@member_required
def feedback(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    member = cast(MemberRequest, request)
    exchange = visible(member.actor, "exchange", exchange_id)
    services.give_feedback(actor=member.actor, exchange=exchange, value=request.POST.get("verdict", ""))
    if not request.headers.get("HX-Request"):
        return redirect(conversation_url(exchange))
    return render(request, "ui/_feedback.html", {"answer": turn(exchange)["answer"]})


def conversation_url(exchange: Exchange) -> str:
    return reverse(f"{exchange.conversation.vertical}:conversation", args=[exchange.conversation_id])


__all__ = ["feedback", "portal_urls", "stop", "stream"]
