"""The switch of a conversation: whether what was said in it may become examples for training."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from sunmao.accounts.decorators import member_required
from sunmao.accounts.middleware import MemberRequest
from sunmao.training.datasets import consenting


@require_POST
@member_required
def switch(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """`consent` is what the person wants; whoever presses twice changes nothing the second time."""
    actor = cast(MemberRequest, request).actor
    conversation = consenting.own(actor=actor, reference=conversation_id)
    wanted = request.POST.get("consent") == "yes"
    verb = consenting.give if wanted else consenting.withdraw
    verb(actor=actor, conversation=conversation)
    if not request.headers.get("HX-Request"):
        address = reverse(f"{conversation.vertical}:conversation", args=[conversation.pk])
        return redirect(f"{address}#consent")
    context = {"conversation_id": conversation.pk, "consents": wanted, "changed": True}
    return render(request, "ui/_consent.html", context)


def of_page(request: HttpRequest) -> Callable[[], bool]:
    """Asked for by the page of a conversation alone."""
    match = request.resolver_match
    return lambda: consenting.is_given(match.kwargs.get("conversation_id") if match else None)


__all__ = ["of_page", "switch"]
