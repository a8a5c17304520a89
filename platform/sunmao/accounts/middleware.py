"""Who is asking, worked out on first use: static files and health checks never pay for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from sunmao.accounts.models import Organisation, User
from sunmao.accounts.selectors import actor_of_user
from sunmao.accounts.signin.standing import membership_of_session
from sunmao.audit import denials
from sunmao.core.actor import Actor
from sunmao.core.origin import origin_of, set_origin
from sunmao.core.request_id import set_request_id


class MemberRequest(HttpRequest):
    """A request that passed `member_required`."""

    user: User
    actor: Actor
    organisation: Organisation


def _actor(request: HttpRequest) -> Actor | None:
    user = request.user
    if not user.is_authenticated:
        return None
    membership = membership_of_session(request)
    if membership is None:  # of no organisation, or without the second factor that theirs asks for
        return None
    return actor_of_user(user, membership=membership, language=get_language() or "")


def _organisation(request: HttpRequest) -> Organisation | None:
    actor = cast(MemberRequest, request).actor
    return Organisation.objects.get(pk=actor.organisation_id) if actor else None


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request.headers.get("X-Request-ID", "")[:80] or uuid.uuid4().hex
        set_request_id(request_id)
        set_origin(origin_of(request.META))
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        request.organisation = SimpleLazyObject(lambda: _organisation(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        denials.note_response(request, response)
        response["X-Request-ID"] = request_id
        return response
