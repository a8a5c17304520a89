"""Where entries and heads are sent: files, syslog over UDP, TCP and TLS (RFC 5426, 6587, 5425), HTTP."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterable
from contextlib import ExitStack
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

SECONDS = 5.0
PORTS = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}
LARGEST_DATAGRAM = 60_000


def check_sink(address: str) -> None:
    """Raises `ImproperlyConfigured` for an address that no sink can be made of."""
    parts = urlsplit(address)
    is_file = parts.scheme == "file" and parts.path.startswith("/")
    if not is_file and not (parts.scheme in PORTS and parts.hostname):
        raise ImproperlyConfigured(
            "SUNMAO_AUDIT_SINK must look like file:///var/log/audit.jsonl or syslog+tls://host:6514 "
            "(syslog+tcp, syslog+udp)."
        )


def check_head_sink(address: str) -> None:
    parts = urlsplit(address)
    if not (parts.scheme == "file" and parts.path.startswith("/")) and parts.scheme not in ("http", "https"):
        raise ImproperlyConfigured(
            "SUNMAO_AUDIT_HEAD_SINK must look like file:///mnt/worm/heads.jsonl or https://host/heads."
        )


def is_file(address: str) -> bool:
    return urlsplit(address).scheme == "file"


def append_to_file(address: str, lines: Iterable[str]) -> None:
    """On the disk when it returns. A line that a crash cut in two is followed by a whole one."""
    path = urlsplit(address).path
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as stream:
        stream.writelines(f"{line}\n".encode() for line in lines)
        stream.flush()
        os.fsync(stream.fileno())


def send_syslog(address: str, messages: Iterable[str]) -> None:
    parts = urlsplit(address)
    encoded = [message.encode() for message in messages]
    if parts.scheme == "syslog+udp":
        _send_datagrams(parts, encoded)
        return
    with ExitStack() as stack:
        stream = stack.enter_context(socket.create_connection(_place(parts), timeout=SECONDS))
        if parts.scheme == "syslog+tls":
            context = ssl.create_default_context()
            stream = stack.enter_context(context.wrap_socket(stream, server_hostname=parts.hostname))
        for message in encoded:
            stream.sendall(b"%d %s" % (len(message), message))  # octet counting
        _finish(stream)


def _finish(stream: socket.socket) -> None:
    """Wait until the other side has taken everything: what lies in a buffer of ours is not delivered."""
    if isinstance(stream, ssl.SSLSocket):
        stream.unwrap()
        return
    stream.shutdown(socket.SHUT_WR)
    while stream.recv(4096):
        pass


def _send_datagrams(parts: SplitResult, messages: Iterable[bytes]) -> None:
    host, port = _place(parts)
    family, kind, protocol, _name, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as stream:
        for message in messages:
            stream.sendto(message[:LARGEST_DATAGRAM], place)


def _place(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or PORTS[parts.scheme]


def post_json(address: str, lines: Iterable[str]) -> None:
    """One request for each line; anything but 2xx is a failure."""
    import httpx  # a quarter of a second, and only this needs it

    try:
        with httpx.Client(timeout=SECONDS) as client:
            for line in lines:
                sent = client.post(address, content=line, headers={"Content-Type": "application/json"})
                sent.raise_for_status()
    except httpx.HTTPError as error:
        raise ConnectionError(str(error)) from error
