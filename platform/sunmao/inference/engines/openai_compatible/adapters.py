"""Adapters of a vLLM server, loaded and unloaded while it runs.

A name is loaded once and for ever: what an answer's record calls `shop.tone.v3` must not come to mean other
weights. A new state of an adapter is a new name, and going back is going back to the old one. The path is one
as the server sees it, on a volume that both share. vLLM's own documentation calls these addresses risky: keep
the server where only this platform reaches it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import httpx
import structlog
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, InvalidInput
from sunmao.inference.engines.openai_compatible import failures
from sunmao.inference.engines.openai_compatible.servers import Server
from sunmao.inference.errors import ModelServerFailure, ServerGarbled

log = structlog.get_logger(__name__)

SECONDS = 120.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9][a-z0-9_-]*)*\.v[1-9]\d*")


class AdapterTaken(Conflict):
    code = "adapter_name_taken"
    default_message = _(
        "An adapter of this name is loaded from another place. A name never changes what it means: "
        "give the new weights a name of their own."
    )


def load(servers: Sequence[Server], *, name: str, path: str) -> None:
    """On every server of the chain that does not have it. Raises `AdapterTaken`, or the server's failure."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            fields={"name": _("must be lower case and end in its version, such as shop.tone.v3")}
        )
    for server in servers:
        known = listed(server).get(name)
        if known is None:
            _post(server, "load_lora_adapter", {"lora_name": name, "lora_path": path})
        elif known.get("root") != path:
            raise AdapterTaken(fields={"name": name})


def unload(servers: Sequence[Server], *, name: str) -> None:
    """From every server that has it."""
    for server in servers:
        if name in listed(server):
            _post(server, "unload_lora_adapter", {"lora_name": name})


def has(servers: Sequence[Server], name: str) -> bool:
    """Whether the first server that answers lists it; a server that fails has none."""
    for server in servers:
        try:
            return name in listed(server)
        except ModelServerFailure:
            continue
    return False


def listed(server: Server) -> dict[str, dict[str, Any]]:
    """The adapters of a server by name: vLLM lists them as models with a parent."""
    answered = _ask(server, "GET", "models")
    try:
        rows = answered.json()["data"]
        return {row["id"]: row for row in rows if row.get("parent")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerGarbled from error


def _post(server: Server, what: str, body: dict[str, str]) -> None:
    _ask(server, "POST", what, body)
    log.info("model_server_adapter", done=what, name=body["lora_name"])


def _ask(server: Server, method: str, what: str, body: dict[str, str] | None = None) -> httpx.Response:
    try:
        answered = httpx.request(
            method,
            f"{server.url}/{what}",
            json=body,
            headers=server.headers,
            timeout=SECONDS,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        raise failures.of_exception(error) from error
    if answered.status_code != 200:
        raise failures.of_status(
            answered.status_code, answered.headers, answered.text, model=(body or {}).get("lora_name", "")
        )
    return answered


__all__ = ["AdapterTaken", "has", "listed", "load", "unload"]
