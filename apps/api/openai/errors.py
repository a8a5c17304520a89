"""Refusals in the shape that OpenAI's clients know."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response

from apps.api import errors
from sunmao.core.errors import InvalidInput, Message, SunmaoError

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
NO_MODEL = ("unknown_task", "unknown_vertical", "unknown_release", "unknown_model")


class Unsupported(InvalidInput):
    """What cannot be done is refused: an answer that ignores half of a request is a wrong one."""

    code = "unsupported_parameter"

    def __init__(self, name: str, why: Message) -> None:
        super().__init__(fields={name: why})


def body(error: SunmaoError) -> dict[str, Any]:
    told = error.as_dict()
    where = next(iter(told["fields"]), None)
    why = "; ".join(f"{name}: {text}" for name, text in told["fields"].items())
    return {
        "error": {
            "message": f"{told['message']} ({why})" if why else told["message"],
            "type": TYPES.get(error.status, "server_error" if error.status >= 500 else TYPES[400]),
            "param": where,
            "code": "model_not_found" if error.code in NO_MODEL else error.code,
        }
    }


def handle(raised: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception hook for these addresses. None lets Django log and answer 500."""
    error = errors.told(raised)
    if error is None:
        return None
    response = errors.response(error)
    response.data = body(error)
    return response


__all__ = ["Unsupported", "body", "handle"]
