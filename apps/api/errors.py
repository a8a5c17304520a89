"""One error body for every failure of the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation
from rest_framework import exceptions
from rest_framework.response import Response

from sunmao.core.errors import Conflict, Forbidden, InvalidInput, NotFound, SunmaoError, TooLong
from sunmao.core.outages import outage


def body(error: SunmaoError) -> dict[str, Any]:
    """`detail` repeats the message for clients of the 003 interface."""
    told = error.as_dict()
    return {**told, "detail": getattr(error, "detail", told["message"])}


def response(error: SunmaoError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "X-API-Key"
    # JSON also for those who asked for an event stream: it never began.
    return Response(body(error), status=error.status, headers=headers, content_type="application/json")


def handle(raised: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception hook. None lets Django log and answer 500."""
    error = told(raised)
    return response(error) if error else None


def told(raised: Exception) -> SunmaoError | None:
    """Whatever was raised, as one of our family."""
    return raised if isinstance(raised, SunmaoError) else _translated(raised)


class MethodNotAllowed(SunmaoError):
    code, status = "method_not_allowed", 405
    default_message = _("This address does not accept this method.")


class UnsupportedMediaType(SunmaoError):
    code, status = "unsupported_media_type", 415
    default_message = _("Send JSON, or a file as multipart/form-data.")


class NotAcceptable(SunmaoError):
    code, status = "not_acceptable", 406
    default_message = _("Only JSON and event streams can be answered.")


def _translated(raised: Exception) -> SunmaoError | None:
    match raised:
        case exceptions.ParseError():
            return InvalidInput(_("The body is not valid JSON."), code="invalid_json")
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed()
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType()
        case exceptions.NotAcceptable():
            return NotAcceptable()
        case exceptions.PermissionDenied():
            return Forbidden()
        case exceptions.ValidationError():
            fields = raised.detail if isinstance(raised.detail, dict) else {"body": raised.detail}
            return InvalidInput(
                fields={str(name): " ".join(map(str, texts)) for name, texts in fields.items()}
            )
        case Http404():
            return NotFound()
        case RequestDataTooBig():
            return TooLong(code="body_too_large")
        case IntegrityError() if isinstance(raised.__cause__, UniqueViolation):
            return Conflict()  # another request of the same moment made it first
        case _:
            return outage(raised)
