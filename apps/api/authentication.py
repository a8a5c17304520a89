"""Who calls the API: the holder of a key, or a signed-in person of this site."""

from __future__ import annotations

import time
from typing import Any, cast
from uuid import UUID

from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.selectors import actor_of_key
from sunmao.accounts.services import touch_key
from sunmao.core.actor import Actor
from sunmao.core.errors import Unauthenticated


class InvalidKey(Unauthenticated):
    """Design document 003 §4.2.2 fixes `detail` in Chinese, whatever the caller's language."""

    code = "invalid_api_key"
    detail = "无效的API密钥"


class KeyAuthentication(BaseAuthentication):
    """`X-API-Key: …` and `Authorization: Bearer …` carry the same key; without one, cookies are looked at."""

    def authenticate(self, request: Request) -> tuple[Actor, None]:
        secret = _presented(request)
        if secret:
            try:
                actor = actor_of_key(secret, language=get_language() or "zh-hans")
            except Unauthenticated as error:
                raise InvalidKey from error
            _touch(actor)
            return actor, None
        member = _signed_in(request)
        if member is None:
            raise InvalidKey
        return member, None

    def authenticate_header(self, request: Request) -> str:
        return "X-API-Key"


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
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-API-Key"}
