from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, cast

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.views import APIView

from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput, TooLong
from sunmao.core.resolving import visible


def _check_json(request: Request) -> None:
    """Django bounds the size of forms only, and brackets a thousand deep exhaust the parser's stack."""
    if not (request.content_type or "").startswith("application/json"):
        return
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLong(code="body_too_large")
    try:
        request.data  # noqa: B018  parsed on first use, and kept
    except RecursionError as error:
        raise InvalidInput(_("The body is not valid JSON."), code="invalid_json") from error


def check_characters(data: Any) -> None:
    """JSON may spell half a character, which nothing can be written down with."""
    left = [data]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and not one.isascii():
            try:
                one.encode()
            except UnicodeEncodeError as error:
                raise InvalidInput(_("The body is not valid JSON."), code="invalid_json") from error


class DoorView(APIView):
    """A view of the API: whoever passed authentication is `self.actor`."""

    actor: Actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.actor = cast(Actor, request.user)
        request._request.door_actor = self.actor  # type: ignore[attr-defined]  # for whoever notes refusals
        _check_json(request)
        self._check_fields(request)

    def _check_fields(self, request: Request) -> None:
        """A field that nobody reads would be thought obeyed."""
        method = getattr(self, (request.method or "").lower(), None)
        known: frozenset[str] | None = getattr(method, "known_fields", None)
        if known is None or not isinstance(request.data, dict):
            return
        if wrong := sorted(str(name) for name in request.data if name not in known):
            raise InvalidInput(fields={name: _("is not a field of this request") for name in wrong})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What a key or a session was told is for nobody else, and no cache between keeps it."""
        done = super().finalize_response(request, response, *args, **kwargs)
        done.headers.setdefault("Cache-Control", "private, no-store")
        return done

    def find(self, kind: str, reference: object, **asked: str) -> Any:
        """What an address or a body names; of whatever is not the actor's to see, 404."""
        with self.scope():
            return visible(self.actor, kind, reference, **asked)

    def scope(self) -> AbstractContextManager[None]:
        """The actor's organisation. Do not wait for a worker inside: it holds a connection."""
        return tenancy.scope(self.actor.organisation_id)
