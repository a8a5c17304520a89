"""Requests to the product without a network: the same handler, middleware and views that a server calls."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.handlers.wsgi import WSGIHandler


@dataclass
class Client:
    """Sends requests with one key."""

    key: str
    _handler: WSGIHandler = field(default_factory=WSGIHandler)

    def get(self, path: str) -> tuple[int, bytes]:
        return self._send("GET", path, b"")

    def post(self, path: str, data: Mapping[str, Any]) -> tuple[int, bytes]:
        return self._send("POST", path, json.dumps(data).encode())

    def _send(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        status = 0

        def start(line: str, _headers: object, _error: object = None, /) -> Callable[[bytes], object]:
            nonlocal status
            status = int(line.split()[0])
            return sent.append

        sent: list[bytes] = []
        response = self._handler(self._environ(method, path, body), start)
        try:
            return status, b"".join(response)
        finally:
            response.close()

    def _environ(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": method,
            "PATH_INFO": f"/{path}",
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "localhost",
            "HTTP_X_API_KEY": self.key,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
