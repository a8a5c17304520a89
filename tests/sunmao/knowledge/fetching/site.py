"""A small web server on this machine, and a look-up of names that the test decides."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = "<html><body><h1>退货政策</h1></body></html>".encode()


@dataclass
class Site:
    """`hits` are the paths that were asked, whoever asked them."""

    port: int
    hits: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@contextmanager
def site(address: str = "127.0.0.1") -> Iterator[Site]:
    seen = Site(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.hits.append(self.path)
            seen.hosts.append(self.headers["Host"])
            answer(self)

        def log_message(self, *_args: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer((address, 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def answer(request: BaseHTTPRequestHandler) -> None:
    path = request.path
    if path.startswith("/to/"):
        return _say(request, 302, b"", Location=path.removeprefix("/to/"))
    if path.startswith("/again/"):
        return _say(request, 302, b"", Location=f"/again/{int(path.removeprefix('/again/')) + 1}")
    if path == "/gone":
        return _say(request, 404, b"gone")
    if path == "/bomb":
        return _say(request, 200, gzip.compress(b"0" * (20 << 20)), **{"Content-Encoding": "gzip"})
    if path == "/twice":
        packed = gzip.compress(gzip.compress(PAGE))
        return _say(request, 200, packed, **{"Content-Encoding": "gzip, gzip"})
    if path == "/packed":
        return _say(
            request, 200, gzip.compress(PAGE), **{"Content-Encoding": "gzip", "Content-Type": "text/html"}
        )
    if path == "/long":
        return _say(request, 200, b"x" * (3 << 20))
    if path == "/drip":
        return _drip(request)
    return _say(request, 200, PAGE, **{"Content-Type": "text/html; charset=utf-8"})


def _say(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    try:
        request.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):
        return


def _drip(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then, each in time, all together never."""
    request.send_response(200)
    request.end_headers()
    try:
        for _ in range(200):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.1)
    except (BrokenPipeError, ConnectionResetError):
        return
