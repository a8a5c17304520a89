"""A reader of another layer that tries what it must not."""

from __future__ import annotations

import os
import socket
from typing import Any

from sunmao.core.errors import UnreadableFile


def read(*, name: str, data: bytes, recognise: Any) -> dict[str, Any]:
    if name == "refused":
        raise UnreadableFile("no", code="corrupt_file")
    if name == "broken":
        raise ZeroDivisionError
    tried = {
        "open": lambda: open(__file__),  # noqa: SIM115
        "listen": socket.socket,
        "fork": os.fork,
    }
    return {"said": data.decode(), "could": [name for name, attempt in tried.items() if _works(attempt)]}


def _works(attempt: Any) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
