"""The messages of the Model Context Protocol that we speak, as data: JSON-RPC 2.0 over one HTTP address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
NEWEST: Final = VERSIONS[0]
PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
LIMITED: Final = -32000  # the first of those that a server may give a meaning of its own


class RpcError(Exception):
    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def agreed(wanted: object) -> str:
    """The version that both know, else our newest; the other side then decides."""
    return wanted if isinstance(wanted, str) and wanted in VERSIONS else NEWEST


def request(call_id: int, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "method": method, "params": dict(params or {})}


def notification(method: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method}


def answer(call_id: object, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "result": dict(result)}


def failure(call_id: object, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": call_id, "error": {"code": code, "message": message}}


__all__ = [
    "INTERNAL",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "LIMITED",
    "NEWEST",
    "NO_METHOD",
    "PARSE_ERROR",
    "VERSIONS",
    "RpcError",
    "agreed",
    "answer",
    "failure",
    "notification",
    "request",
]
