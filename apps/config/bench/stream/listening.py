"""A listener: a request to the whole ASGI application in this process, which may go away in the middle."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.config.asgi import application
from apps.config.bench.stream.metronome import FIRST

PATH = "/v1/chat/completions"
SECONDS = 120


@dataclass
class Heard:
    """`first` is when the first words came, `left` when the listener went."""

    status: int = 0
    first: float = 0.0
    left: float = 0.0
    text: list[str] = field(default_factory=list)
    whole: bool = False
    told: str = ""

    @property
    def said(self) -> str:
        return "".join(self.text)


class Listener:
    def __init__(self, key: str, question: str, *, leaves: bool = False) -> None:
        self.heard = Heard()
        self._leaves, self._gone = leaves, asyncio.Event()
        said = {"model": "metronome", "stream": True, "messages": [{"role": "user", "content": question}]}
        self._body = json.dumps(said).encode()
        self._sent = False
        self._scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": PATH,
            "raw_path": PATH.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"host", b"localhost"),
                (b"authorization", f"Bearer {key}".encode()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(self._body)).encode()),
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

    async def listen(self) -> Heard:
        await asyncio.wait_for(application(self._scope, self._receive, self._take), SECONDS)
        return self.heard

    async def _receive(self) -> dict[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.heard.status = message["status"]
            return
        for line in message.get("body", b"").decode().split("\n\n"):
            self._line(line)
        if not message.get("more_body", False):
            self._gone.set()

    def _line(self, line: str) -> None:
        if line == "data: [DONE]":
            self.heard.whole = True
        if not line.startswith("data: {"):
            self.heard.told += line if self.heard.status != 200 else ""
            return
        if '"error"' in line:
            self.heard.told += line
        for choice in json.loads(line[6:]).get("choices", ()):
            words = choice["delta"].get("content")
            if not words:
                continue
            if not self.heard.text:
                self.heard.first = time.perf_counter()
            self.heard.text.append(words)
            if self._leaves and FIRST in self.heard.said and not self.heard.left:
                self.heard.left = time.perf_counter()
                self._gone.set()


__all__ = ["Heard", "Listener"]
