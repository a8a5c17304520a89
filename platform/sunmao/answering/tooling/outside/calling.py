"""A call to an approved tool of somebody else's server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from sunmao.answering.tooling.models import OutsideTool, Server
from sunmao.inference.mcp.client import McpClient, OutsideServerFailed, ToolRefused
from sunmao.inference.tools.arguments import checked
from sunmao.inference.tools.problems import ToolFault

SECONDS = 8.0


def client_of(server: Server) -> McpClient:
    return McpClient(
        server.url,
        secret=str(server.secret or ""),
        seconds=SECONDS,
        private_hosts=settings.SUNMAO_FETCH_PRIVATE_HOSTS,
        proxy=settings.SUNMAO_FETCH_PROXY,
    )


def call(*, server: Server, tool: OutsideTool, arguments: Mapping[str, Any]) -> Any:
    """Held against the schema that was approved; whatever the server says of itself today."""
    arguments = checked(arguments, tool.schema)
    try:
        with client_of(server) as client:
            return client.call(tool.name, arguments)
    except ToolRefused as error:
        raise ToolFault("precondition_failed", str(error)) from error
    except OutsideServerFailed as error:
        code = "tool_timeout" if error.code == "tool_server_timeout" else "tool_failed"
        raise ToolFault(code, "The outside server did not answer well.") from error
