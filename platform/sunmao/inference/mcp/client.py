"""A client of somebody's MCP server, over the transport that never asks this network's own machines.

Nothing that the server says is trusted: every answer has a size, a shape and a deadline, redirects are not
followed, and what it calls a schema must be one before anything is held against it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar

import httpx
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Message, SunmaoError
from sunmao.inference.mcp import protocol
from sunmao.inference.tools.arguments import is_schema
from sunmao.knowledge.fetching.policy import Refused, target_of
from sunmao.knowledge.fetching.transport import Resolve, Transport, resolve

SECONDS = 10.0
MOST_BYTES = 1_048_576
MOST_TOOLS, MOST_PAGES = 200, 10
LONGEST_NAME, LONGEST_ABOUT = 80, 4_000


class OutsideServerFailed(SunmaoError):
    """Somebody else's server; `code` says what was wrong with it."""

    code, status = "tool_server_failed", 502
    default_message = _("The outside tool server did not answer well.")
    messages: ClassVar[Mapping[str, Message]] = {
        "tool_server_forbidden": _("This address may not be asked. Use a public https address."),
        "tool_server_timeout": _("The outside tool server did not answer in time."),
        "tool_server_refused": _("The outside tool server refused our key."),
    }


@dataclass(frozen=True, kw_only=True)
class Described:
    """A tool as its server describes it. `digest` changes with every word that a model would read."""

    name: str
    about: str
    schema: Mapping[str, Any]
    reads: bool

    @property
    def digest(self) -> str:
        words = json.dumps([self.name, self.about, self.schema], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(words.encode()).hexdigest()


class McpClient:
    """One session. Use as a context manager."""

    def __init__(
        self,
        url: str,
        *,
        secret: str = "",
        seconds: float = SECONDS,
        private_hosts: Collection[str] = (),
        proxy: str = "",
        resolve: Resolve = resolve,
    ) -> None:
        self._url, self._deadline = url, time.monotonic() + seconds
        self._private_hosts = private_hosts
        transport = Transport(seconds=seconds, private_hosts=private_hosts, proxy=proxy, resolve=resolve)
        self._http = httpx.Client(transport=transport, follow_redirects=False, timeout=seconds)
        self._headers = {
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
            "User-Agent": "Sunmao (tools)",
            **({"Authorization": f"Bearer {secret}"} if secret else {}),
        }
        self._calls = 0

    def __enter__(self) -> McpClient:
        try:
            told = self._call(
                "initialize",
                {
                    "protocolVersion": protocol.NEWEST,
                    "capabilities": {},
                    "clientInfo": {"name": "sunmao", "version": "1"},
                },
            )
            if told.get("protocolVersion") not in protocol.VERSIONS:
                raise OutsideServerFailed
            self._headers["MCP-Protocol-Version"] = told["protocolVersion"]
            self._post(protocol.notification("notifications/initialized"))
        except BaseException:
            self._http.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def tools(self) -> list[Described]:
        """What can be used of it: what has a name and a schema that we understand."""
        found: list[Described] = []
        cursor: object = None
        for _page in range(MOST_PAGES):
            told = self._call("tools/list", {"cursor": cursor} if cursor else {})
            listed = told.get("tools")
            found += [one for one in map(_described, listed if isinstance(listed, list) else []) if one]
            cursor = told.get("nextCursor")
            if not cursor or len(found) >= MOST_TOOLS:
                break
        return found[:MOST_TOOLS]

    def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """The result as data: what is structured, else the texts."""
        told = self._call("tools/call", {"name": name, "arguments": dict(arguments)})
        if told.get("isError"):
            raise ToolRefused(_texts(told)[:500])
        structured = told.get("structuredContent")
        return structured if structured is not None else {"text": _texts(told)}

    def _call(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        self._calls += 1
        for message in self._post(protocol.request(self._calls, method, params)):
            if isinstance(message, dict) and message.get("id") == self._calls:
                result = message.get("result")
                if not isinstance(result, dict):
                    raise OutsideServerFailed
                return result
        raise OutsideServerFailed

    def _post(self, message: Mapping[str, Any]) -> list[Any]:
        try:
            target = target_of(self._url, private_hosts=self._private_hosts)
            if target.scheme != "https" and target.host not in self._private_hosts:
                raise OutsideServerFailed(code="tool_server_forbidden")
            with self._http.stream("POST", self._url, headers=self._headers, json=dict(message)) as response:
                return self._read(response)
        except Refused as error:
            raise OutsideServerFailed(code="tool_server_forbidden") from error
        except httpx.TimeoutException as error:
            raise OutsideServerFailed(code="tool_server_timeout") from error
        except httpx.HTTPError as error:
            raise OutsideServerFailed from error

    def _read(self, response: httpx.Response) -> list[Any]:
        if response.status_code in (401, 403):
            raise OutsideServerFailed(code="tool_server_refused")
        if response.status_code == 202:
            return []
        if response.status_code != 200:
            raise OutsideServerFailed
        if session := response.headers.get("Mcp-Session-Id", "")[:200]:
            self._headers["Mcp-Session-Id"] = session
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        body = self._body(response, until_answer=kind == "text/event-stream")
        try:
            if kind == "text/event-stream":
                return [json.loads(text) for text in _events(body)]
            return [json.loads(body)]
        except (ValueError, RecursionError) as error:
            raise OutsideServerFailed from error

    def _body(self, response: httpx.Response, *, until_answer: bool) -> str:
        """At most so many bytes and so long; a stream ends with the answer, not when the server likes."""
        held = bytearray()
        for chunk in response.iter_bytes():
            held += chunk
            if len(held) > MOST_BYTES:
                raise OutsideServerFailed
            if time.monotonic() > self._deadline:
                raise OutsideServerFailed(code="tool_server_timeout")
            if until_answer and b'"id"' in held and held.endswith((b"\n\n", b"\r\n\r\n")):
                break
        return held.decode(errors="replace")


class ToolRefused(Exception):
    """The server did what was asked and says that it could not be done."""


def _described(told: object) -> Described | None:
    if not isinstance(told, dict) or not is_schema(told.get("inputSchema")):
        return None
    name, about = told.get("name"), told.get("description", "")
    if not isinstance(name, str) or not isinstance(about, str) or not _is_name(name):
        return None
    hints = told.get("annotations")
    reads = isinstance(hints, dict) and hints.get("readOnlyHint") is True
    return Described(name=name, about=about[:LONGEST_ABOUT], schema=told["inputSchema"], reads=reads)


def _is_name(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and all(
        sign.isascii() and (sign.isalnum() or sign in "_-.") for sign in name
    )


def _texts(told: Mapping[str, Any]) -> str:
    parts = told.get("content")
    texts = [
        part["text"]
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
    ]
    return "\n".join(texts)


def _events(body: str) -> Iterator[str]:
    """The data of server-sent events."""
    for block in body.replace("\r\n", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:")]
        if lines:
            yield "\n".join(lines)


__all__ = ["Described", "McpClient", "OutsideServerFailed", "ToolRefused"]
