"""A request is told that it is too large before its body is kept anywhere."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from apps.config.bodies import FILES_AT_ONCE, BoundedBodies

MIB = 1024 * 1024
KEY = (b"x-api-key", b"sm_whatever")
COOKIE = (b"cookie", f"a=b; {settings.SESSION_COOKIE_NAME}=x".encode())


def sent(parts: list[int], *headers: tuple[bytes, bytes]) -> tuple[int, int]:
    """(status, bytes that the product took in) of a request with these parts of a body."""
    said: list[MutableMapping[str, Any]] = []
    took, waiting = 0, list(parts)

    async def receive() -> MutableMapping[str, Any]:
        size = waiting.pop(0)
        return {"type": "http.request", "body": bytes(size), "more_body": bool(waiting)}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    async def product(scope: Any, receive: Any, send: Any) -> None:
        """Takes a body as Django does."""
        nonlocal took
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            took += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200})

    scope = {"type": "http", "headers": list(headers)}
    async_to_sync(BoundedBodies(product))(scope, receive, send)
    return said[0]["status"], took


def length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()


@pytest.mark.parametrize("shown", [KEY, COOKIE, (b"authorization", b"Bearer x")])
def test_whoever_shows_something_may_send_files(shown: tuple[bytes, bytes]) -> None:
    assert sent([3 * MIB, MIB], shown) == (200, 4 * MIB)
    limit = max(settings.SUNMAO_MAX_ADAPTER, FILES_AT_ONCE * settings.SUNMAO_MAX_UPLOAD) + 2 * MIB
    assert sent([1], length(limit), shown) == (200, 1)
    assert sent([1], length(limit + 1), shown) == (413, 0)


def test_a_stranger_may_send_a_form() -> None:
    assert sent([MIB, MIB]) == (200, 2 * MIB)
    assert sent([MIB, MIB, 1]) == (413, 2 * MIB)
    assert sent([1], length(2 * MIB + 1)) == (413, 0)
    assert sent([1], (b"content-length", b"-1")) == (413, 0)
