"""Our tools and bases as an MCP server: one address, JSON-RPC by POST, the same keys as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView, check_characters
from sunmao.accounts.quotas import QuotaExceeded
from sunmao.answering.policies import RUN
from sunmao.answering.tooling.serving import Served
from sunmao.core.errors import Forbidden, SunmaoError
from sunmao.inference.mcp import protocol
from sunmao.inference.mcp.protocol import RpcError


class McpView(DoorView):
    """Every request stands alone: there is no session to steal and nothing to forget."""

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        _require_same_site(request)
        self.actor.require(RUN)
        check_characters(request.data)
        message = request.data
        if not isinstance(message, Mapping) or message.get("jsonrpc") != "2.0":
            return Response(
                protocol.failure(None, protocol.INVALID_REQUEST, "One JSON-RPC 2.0 request, please.")
            )
        if "id" not in message:
            return Response(status=202)
        try:
            return Response(self._answered(message))
        except QuotaExceeded as error:
            # Status and Retry-After as at every door, in the words of this one.
            refused = protocol.failure(message["id"], protocol.LIMITED, f"{error.code}: {error.message}")
            refused["error"]["data"] = dict(error.as_dict()["fields"])
            headers = {"Retry-After": str(error.retry_after)}
            return Response(refused, status=error.status, headers=headers)

    def _answered(self, message: Mapping[str, Any]) -> dict[str, Any]:
        call_id, method, params = message["id"], message.get("method"), message.get("params") or {}
        try:
            if not isinstance(method, str) or not isinstance(params, Mapping):
                raise RpcError(protocol.INVALID_REQUEST, "A method and its params, please.")
            return protocol.answer(call_id, Served(self.actor).answer(method, params))
        except RpcError as error:
            return protocol.failure(call_id, error.code, error.message)
        except QuotaExceeded:
            raise
        except SunmaoError as error:
            return protocol.failure(call_id, protocol.INVALID_PARAMS, f"{error.code}: {error.message}")


def _require_same_site(request: Request) -> None:
    """A page of somebody else's in a browser must not speak to us, whatever name it gave this machine."""
    origin = request.headers.get("Origin", "")
    if origin and urlsplit(origin).netloc != request.get_host():
        raise Forbidden
