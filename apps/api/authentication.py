"""Who calls the API: the holder of a key, or a signed-in person of this site."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from apps.api.throttles import count_address
from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.selectors import actor_of_key
from sunmao.accounts.services import touch_key
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, Unauthenticated


class InvalidKey(Unauthenticated):
    """Design document 003 §4.2.2 fixes `detail` in Chinese, whatever the caller's language."""

    code = "invalid_api_key"
    detail = "无效的API密钥"


class KeyAuthentication(BaseAuthentication):
    """`X-API-Key: …` and `Authorization: Bearer …` carry the same key; without one, cookies are looked at."""

    def authenticate(self, request: Request) -> tuple[Actor, None]:
        secret = _presented(request)
        actor = _holder(request, secret) if secret else _signed_in(request)
        if actor is None:
            count_address(request.META)
            raise InvalidKey
        return actor, None

    def authenticate_header(self, request: Request) -> str:
        return "X-API-Key"


END_USER = "X-End-User"
LONGEST_END_USER = 200


def _holder(request: Request, secret: str) -> Actor | None:
    """Whoever holds this key, speaking for one of its own people where it says so."""
    try:
        actor = actor_of_key(secret, language=get_language() or "zh-hans")
    except Unauthenticated:
        return None
    end_user = request.headers.get(END_USER, "")
    if len(end_user) > LONGEST_END_USER or not end_user.isprintable():
        raise InvalidInput(fields={END_USER: _("must be at most 200 printable characters")})
    _touch(actor)
    return replace(actor, on_behalf_of=end_user) if end_user else actor


_TOUCH_SECONDS = 60.0
_touched: dict[UUID | None, float] = {}


def _touch(actor: Actor) -> None:
    """Note the use of a key, at most once a minute from this process: reading must not become writing."""
    moment = time.monotonic()
    if moment - _touched.get(actor.id, -_TOUCH_SECONDS) >= _TOUCH_SECONDS:
        _touched[actor.id] = moment
        touch_key(actor=actor)


def _presented(request: Request) -> str:
    bearer = request.headers.get("Authorization", "")
    return request.headers.get("X-API-Key", "") or (
        bearer[7:] if bearer.lower().startswith("bearer ") else ""
    )


def _signed_in(request: Request) -> Actor | None:
    member = cast(MemberRequest, request._request)
    if not member.actor:
        return None
    SessionAuthentication().enforce_csrf(request)
    return member.actor


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = KeyAuthentication
    name = ["ApiKey", "Bearer", "Session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Either header carries the key; a session's writing requests need the CSRF token besides."""
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Any one of them."""
        return [{name: []} for name in self.name]
