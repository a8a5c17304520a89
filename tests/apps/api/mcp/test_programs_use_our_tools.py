"""The door at /mcp: our tools and bases for programs, with the rights of their key."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client

from sunmao.accounts import services as accounts
from sunmao.accounts.models import Usage
from sunmao.accounts.roles import BuiltIn
from sunmao.answering.counting import tokens_in
from sunmao.answering.tooling import serving
from sunmao.answering.tooling.models import ToolUse
from sunmao.core import tenancy
from sunmao.knowledge.services import create_base
from tests.fixtures.state import state_of, verbs_of
from tests.sunmao.answering.tooling.conftest import Shop


@pytest.fixture
def key(shop: Shop) -> str:
    return accounts.create_api_key(actor=shop.system, name="a program", role=BuiltIn.CHANNEL).secret


def send(key: str, method: str, params: Any = None, **headers: str) -> Any:
    message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}
    return Client(headers={"x-api-key": key, **headers}).post(
        "/mcp", message, content_type="application/json"
    )


def result(key: str, method: str, params: Any = None) -> Any:
    answered = send(key, method, params).json()
    assert answered["id"] == 7
    return answered["result"]


def test_it_says_who_it_is_in_a_version_that_both_speak(key: str) -> None:
    known = result(key, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {}})
    unknown = result(key, "initialize", {"protocolVersion": "1999-01-01"})

    assert (known["protocolVersion"], known["serverInfo"]["name"]) == ("2025-06-18", "sunmao")
    assert unknown["protocolVersion"] == "2025-11-25"


def test_it_lists_what_the_key_may_use(key: str) -> None:
    listed = {one["name"]: one for one in result(key, "tools/list")["tools"]}

    assert set(listed) == {"calculate", "dates", "query_data", "read_document", "search_knowledge"}
    assert listed["calculate"]["inputSchema"]["required"] == ["expression"]
    assert listed["calculate"]["annotations"]["readOnlyHint"] is True


def test_looking_at_what_there_is_is_written_down(shop: Shop, key: str) -> None:
    before = len(verbs_of(shop.organisation))
    result(key, "tools/list")
    result(key, "resources/list")

    assert verbs_of(shop.organisation)[before:] == ["mcp.listed", "mcp.listed"]


def test_a_call_is_done_and_written_down(shop: Shop, key: str) -> None:
    told = result(key, "tools/call", {"name": "calculate", "arguments": {"expression": "6 × 7"}})

    assert told["isError"] is False
    assert told["structuredContent"]["data"] == {"expression": "6 × 7", "value": "42"}
    assert json.loads(told["content"][0]["text"]) == told["structuredContent"]
    assert [(use.tool, use.state, use.owner_kind) for use in shop.uses()] == [
        ("calculate", "done", "api_key")
    ]
    assert verbs_of(shop.organisation)[-1] == "tool.called"


def test_knowledge_is_searched_and_read(shop: Shop, key: str) -> None:
    query = {"query": "When is a refund paid?", "base": "customer-service"}
    found = result(key, "tools/call", {"name": "search_knowledge", "arguments": query})
    passage = found["structuredContent"]["data"]["passages"][0]

    read = result(key, "resources/read", {"uri": f"sunmao://documents/{passage['document_id']}"})

    assert passage["base"] == "customer-service"
    assert passage["text"] in read["contents"][0]["text"]
    assert "sunmao://bases/customer-service" in [
        one["uri"] for one in result(key, "resources/list")["resources"]
    ]


def test_what_somebody_looks_for_is_written_down_without_numbers(shop: Shop, key: str) -> None:
    query = {"query": "Who has 13912345678 and asked for a refund?"}
    result(key, "tools/call", {"name": "search_knowledge", "arguments": query})
    with tenancy.scope(shop.organisation.pk):
        kept = ToolUse.objects.latest("created_at").arguments
    assert "13912345678" not in kept["query"]
    assert "<MOBILE" in kept["query"]


def test_whoever_may_only_list_a_base_reads_nothing_in_it(shop: Shop) -> None:
    """Two roles: one lists every base, the other reads in one that is not this one."""
    rights = ["knowledge.base.read", "answering.task.run"]
    accounts.create_role(actor=shop.system, slug="lister", name="Lister", permissions=rights)
    create_base(actor=shop.system, slug="wards")
    made = accounts.create_api_key(actor=shop.system, name="lister", role="lister")
    accounts.give_role(actor=shop.system, holder=made.key, role="channel", bases=["wards"])

    asked = {"query": "When is a refund paid?"}
    found = result(made.secret, "tools/call", {"name": "search_knowledge", "arguments": asked})
    assert found["structuredContent"]["data"]["passages"] == []
    for name, arguments in (
        ("search_knowledge", {**asked, "base": "customer-service"}),
        ("read_document", {"document_id": str(shop.document.pk)}),
    ):
        told = result(made.secret, "tools/call", {"name": name, "arguments": arguments})
        assert told["structuredContent"]["error"]["code"] == "not_found"


def test_another_houses_documents_do_not_exist(shop: Shop, standing: Any) -> None:
    other = accounts.create_organisation(
        slug=f"other-{shop.organisation.slug}", name="Other", enabled_verticals=["customer_service"]
    )
    system = accounts.system_actor(other)
    theirs = accounts.create_api_key(actor=system, name="theirs", role=BuiltIn.CHANNEL).secret
    before = state_of(shop.organisation)

    read = send(theirs, "resources/read", {"uri": f"sunmao://documents/{shop.document.pk}"}).json()
    found = result(
        theirs,
        "tools/call",
        {"name": "search_knowledge", "arguments": {"query": "refund", "base": "customer-service"}},
    )

    assert read["error"]["code"] == -32602
    assert not (found["structuredContent"]["data"] or {}).get("passages")
    assert state_of(shop.organisation) == before


# Limits of use


CALCULATE = {"name": "calculate", "arguments": {"expression": "6 × 7"}}


def limit_requests(shop: Shop, limit: int) -> None:
    accounts.set_quota(actor=shop.system, target="key", measure="requests", period="day", limit=limit)


def counts(shop: Shop) -> list[tuple[str, int, int]]:
    with tenancy.scope(shop.organisation.pk):
        return list(Usage.objects.order_by("measure").values_list("measure", "used", "reserved"))


def test_a_call_counts_as_a_request_and_beyond_the_limit_nothing_runs(shop: Shop, key: str) -> None:
    limit_requests(shop, 2)
    result(key, "tools/call", CALCULATE)
    result(key, "resources/read", {"uri": f"sunmao://documents/{shop.document.pk}"})
    before = state_of(shop.organisation)

    refused = [
        send(key, "tools/call", CALCULATE),
        send(key, "resources/read", {"uri": f"sunmao://documents/{shop.document.pk}"}),
    ]

    for answered in refused:
        assert answered.status_code == 429
        assert 0 < int(answered["Retry-After"]) <= 86_400
        error = answered.json()["error"]
        assert (answered.json()["id"], error["code"]) == (7, -32000)
        assert error["message"].startswith("quota_exceeded: ")
        assert set(error["data"]) == {"limit", "renews_at"}
    assert counts(shop) == [("requests", 2, 0)]
    assert state_of(shop.organisation) == before
    assert send(key, "tools/list").status_code == 200


def test_a_limit_of_nothing_lets_no_call_through(shop: Shop, key: str) -> None:
    limit_requests(shop, 0)

    assert send(key, "tools/call", CALCULATE).status_code == 429
    assert (shop.uses(), counts(shop)) == ([], [])


def test_what_came_to_nothing_is_given_back(shop: Shop, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_requests(shop, 1)
    accounts.set_quota(actor=shop.system, target="key", measure="tokens", period="day", limit=100_000)

    wrong = result(key, "tools/call", {"name": "calculate", "arguments": {"expression": "6 ×"}})
    assert (wrong["isError"], counts(shop)) == (True, [("requests", 0, 0), ("tokens", 0, 0)])
    with monkeypatch.context() as broken:
        broken.setattr(serving, "together", lambda *_, **__: [][0])
        with pytest.raises(IndexError):
            send(key, "tools/call", CALCULATE)
    assert counts(shop) == [("requests", 0, 0), ("tokens", 0, 0)]

    told = result(key, "tools/call", CALCULATE)
    took = tokens_in(json.dumps(CALCULATE["arguments"], ensure_ascii=False), told["content"][0]["text"])
    assert counts(shop) == [("requests", 1, 0), ("tokens", took, 0)]


def test_of_many_calls_at_once_as_many_run_as_the_limit_says(shop: Shop, key: str) -> None:
    limit_requests(shop, 3)

    def call(_: int) -> int:
        try:
            return send(key, "tools/call", CALCULATE).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(8)))

    assert sorted(statuses) == [200] * 3 + [429] * 5
    assert (len(shop.uses()), counts(shop)) == (3, [("requests", 3, 0)])


def test_what_changes_something_is_only_proposed(
    shop: Shop, key: str, shop_tools: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_requests(shop, 5)
    told = result(key, "tools/call", {"name": "title", "arguments": {"text": "Chairs"}})

    assert told["isError"] is True
    assert told["structuredContent"]["error"]["code"] == "needs_confirmation"
    assert shop_tools["calls"] == []
    (use,) = shop.uses()
    assert use.state == "proposed"
    assert counts(shop) == [("requests", 1, 0)]
    assert "token" not in json.dumps(told)
    waits = Client(headers={"x-api-key": key}).get(f"/api/v1/actions/{use.pk}").json()
    assert (waits["state"], bool(waits["token"])) == ("proposed", True)


def test_a_tool_beyond_the_keys_rights_is_not_there(shop: Shop, key: str, shop_tools: dict[str, Any]) -> None:
    before = state_of(shop.organisation)

    answered = send(key, "tools/call", {"name": "secrets", "arguments": {"item_id": "1"}}).json()

    assert answered["error"]["code"] == -32602
    assert shop_tools["calls"] == []
    assert state_of(shop.organisation) == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param([], -32600, id="a batch"),
        pytest.param({"id": 1, "method": "ping"}, -32600, id="no JSON-RPC"),
        pytest.param({"jsonrpc": "2.0", "id": 1, "method": 7}, -32600, id="no method"),
        pytest.param({"jsonrpc": "2.0", "id": 1, "method": "tools/steal"}, -32601, id="an unknown method"),
        pytest.param(
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}}, -32602, id="no name"
        ),
        pytest.param(
            {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "file:///etc/passwd"}},
            -32602,
            id="a file",
        ),
        pytest.param(
            {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "sunmao://bases/\x00"}},
            -32602,
            id="a base that no row can name",
        ),
    ],
)
def test_what_is_no_request_is_answered_as_the_protocol_says(key: str, body: Any, code: int) -> None:
    answered = Client(headers={"x-api-key": key}).post("/mcp", body, content_type="application/json")

    assert answered.status_code == 200
    assert answered.json()["error"]["code"] == code


def test_half_a_character_is_no_json(key: str) -> None:
    message = '{"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "\\ud800"}}'
    answered = Client(headers={"x-api-key": key}).post("/mcp", message, content_type="application/json")
    assert (answered.status_code, answered.json()["code"]) == (400, "invalid_json")


def test_a_notification_needs_no_answer(key: str) -> None:
    message = {"jsonrpc": "2.0", "method": "notifications/initialized"}

    answered = Client(headers={"x-api-key": key}).post("/mcp", message, content_type="application/json")

    assert (answered.status_code, answered.content) == (202, b"")


def test_without_a_key_there_is_nothing(shop: Shop) -> None:
    assert send("wrong", "tools/list").status_code == 401


def test_a_page_of_somebody_elses_may_not_speak_to_it(shop: Shop, key: str) -> None:
    assert send(key, "tools/list", None, origin="https://evil.example").status_code == 403
    assert send(key, "tools/list", None, origin="http://testserver").status_code == 200


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def door() -> Iterator[str]:
    """Our own door on a port, for the official client."""
    server: WSGIServer = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/mcp"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_is_at_home(key: str, door: str, mode: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    httpx2 = pytest.importorskip("httpx2")
    from mcp import Client as Official
    from mcp.client.streamable_http import streamable_http_client

    async def use() -> tuple[list[str], Any, str]:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
            transport = streamable_http_client(door, http_client=http)
            async with Official(transport, mode=mode) as client:
                listed = await client.list_tools()
                told = await client.call_tool("calculate", {"expression": "6 * 7"})
                resources = await client.list_resources()
                return (
                    [tool.name for tool in listed.tools],
                    told.structured_content,
                    str(resources.resources[0].uri),
                )

    names, told, uri = asyncio.run(use())

    assert "search_knowledge" in names
    assert told["data"]["value"] == "42"
    assert uri == "sunmao://bases/customer-service"
