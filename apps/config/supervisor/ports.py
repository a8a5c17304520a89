"""Choosing the port of the web server, and telling others which one was chosen."""

from __future__ import annotations

import os
import socket

from apps.config.supervisor import paths
from apps.config.supervisor.console import word

HOST = "127.0.0.1"
_FIRST, _LAST = 8000, 8099


class NoPort(RuntimeError):
    """The wanted port cannot be had."""


def choose() -> int:
    """SUNMAO_PORT, which must be free; else the first free port from 8000 upwards."""
    wanted = os.environ.get("SUNMAO_PORT")
    if wanted:
        if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
            raise NoPort(word("port_wrong", text=wanted))
        if not is_free(int(wanted)):
            raise NoPort(word("port_busy", port=wanted))
        return int(wanted)
    for port in range(_FIRST, _LAST + 1):
        if is_free(port):
            return port
    raise NoPort(word("port_none", first=_FIRST, last=_LAST))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def announce(port: int) -> None:
    """Write the port where `status` and management commands look for it."""
    paths.port_file().write_text(f"{port}\n")


def announced() -> int | None:
    """The port of the running web server, if one was announced."""
    file = paths.port_file()
    text = file.read_text().strip() if file.exists() else ""
    return int(text) if text else None


def address(port: int, path: str = "/") -> str:
    """The address to open in a browser."""
    return f"http://{HOST}:{port}{path}"
