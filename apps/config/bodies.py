"""No request fills the disk: Django writes a body to a file before anything looks at who sends it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from sunmao.core.errors import TooLong

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

FILES_AT_ONCE = 16


class BoundedBodies:
    """Whoever shows neither a key nor a session may send `SUNMAO_MAX_BODY`; the others as much as the largest
    adapter has, or sixteen of the largest files. A body that says no size is counted as it comes."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        left = _limit(headers)
        told = headers.get(b"content-length", b"0")
        if not told.isdigit() or len(told) > 18 or int(told) > left:
            return await _refuse(send)

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                await _refuse(send)
                return {"type": "http.disconnect"}  # so that the handler lets go of what it has
            return message

        return await self._application(scope, counted, send)


def _limit(headers: dict[bytes, bytes]) -> int:
    session = f"{settings.SESSION_COOKIE_NAME}=".encode()
    shown = headers.keys() & {b"x-api-key", b"authorization"} or session in headers.get(b"cookie", b"")
    if not shown:
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    largest = max(settings.SUNMAO_MAX_ADAPTER, FILES_AT_ONCE * settings.SUNMAO_MAX_UPLOAD)
    return int(largest + settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


async def _refuse(send: Send) -> None:
    error = TooLong(code="body_too_large")
    body = json.dumps(error.as_dict(), ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


__all__ = ["FILES_AT_ONCE", "BoundedBodies"]
