"""Tools: what may be called, what waits for a confirmation, and the door for programs that speak MCP."""

from __future__ import annotations

from typing import Any

from tests.security.matrix import MEMBER, Row, get, post, post_json

V1, RUN, MANAGE = "api/v1/", "answering.task.run", "tooling.server.manage"
_CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "calculate", "arguments": {"expression": "6 * 7"}},
}
_NOT_OURS = "a confirmation that we did not sign is refused before anything is done"


def _forged(_: Any) -> dict[str, str]:
    return {"token": "not ours"}


TOOLS = (
    Row(route="mcp", method="POST", needs=RUN, gives=200, writes=("tool.called",),
        send=post_json("mcp", lambda _: _CALL)),
    Row(route=f"{V1}tools", method="GET", needs=RUN, gives=200, send=get(f"{V1}tools")),
    Row(route=f"{V1}actions", method="GET", needs=RUN, gives=200, send=get(f"{V1}actions")),
    Row(route=f"{V1}actions/<str:action_id>", method="GET", needs=RUN, gives=200, names="own",
        send=get(f"{V1}actions/{{exchange}}")),
    Row(route=f"{V1}actions/<str:action_id>/confirm", method="POST", needs=RUN, gives=409, names="own",
        silent=_NOT_OURS, send=post_json(f"{V1}actions/{{exchange}}/confirm", _forged)),
    Row(route=f"{V1}actions/<str:action_id>/cancel", method="POST", needs=RUN, gives=200, names="own",
        writes=("tool.cancelled",), send=post(f"{V1}actions/{{exchange}}/cancel")),
    Row(route="actions/<uuid:action_id>/", method="GET", needs=MEMBER, gives=302, names="own",
        send=get("actions/{exchange}/")),
    Row(route="actions/<uuid:action_id>/confirm/", method="POST", needs=MEMBER, gives=409, names="own",
        silent=_NOT_OURS, send=post("actions/{exchange}/confirm/", _forged)),
    Row(route="actions/<uuid:action_id>/cancel/", method="POST", needs=MEMBER, gives=302, names="own",
        writes=("tool.cancelled",), send=post("actions/{exchange}/cancel/")),
    Row(route="console/tooling/server/add/", method="POST", needs=MANAGE, gives=302,
        writes=("server.added",),
        send=post("console/tooling/server/add/", lambda _: {
            "slug": "elsewhere", "name": "Elsewhere", "url": "https://tools.example.com/mcp"})),
    Row(route="console/tooling/server/<path:object_id>/change/", method="POST", needs=MANAGE, gives=302,
        names="house", foreign=302, writes=("server.removed",),
        send=post("console/tooling/server/{tool_server}/change/", lambda _: {"remove": "1"})),
)  # fmt: skip
