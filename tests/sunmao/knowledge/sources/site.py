"""A web server on this machine whose pages a test writes and changes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Site:
    """`pages` by path: text, or a status to answer with; `asked` are (path, answered status)."""

    port: int = 0
    pages: dict[str, str | int] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked_for(self, path: str) -> list[int]:
        return [status for known, status in self.asked if known == path]


def page(title: str, *paragraphs: str) -> str:
    body = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"


def sitemap(*addresses: str, index: bool = False) -> str:
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    rows = "".join(f"<{inner}><loc>{one}</loc></{inner}>" for one in addresses)
    return (
        f'<?xml version="1.0"?><{outer} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{outer}>'
    )


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = _answer(self, site.pages.get(self.path, 404))
            site.asked.append((self.path, status))

        def log_message(self, *_args: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def _answer(request: BaseHTTPRequestHandler, known: str | int) -> int:
    body = known.encode() if isinstance(known, str) else b""
    status = 200 if isinstance(known, str) else known
    etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
    if status == 200 and request.headers.get("If-None-Match") == etag:
        status, body = 304, b""
    kind = "text/html" if body.lstrip().startswith(b"<html") else "text/xml"
    request.send_response(status)
    request.send_header("ETag", etag)
    request.send_header("Content-Type", "text/plain" if request.path.endswith(".txt") else kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
    return status
