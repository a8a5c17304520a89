"""Asking the web server whether it answers."""

from __future__ import annotations

import http.client

from apps.config.supervisor.ports import HOST


def answers(port: int, path: str = "/health") -> bool:
    """Whether the server gives any HTTP answer; what the answer says is for the reader of `/health`."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
