"""The block under an answer, its buttons, and the same through the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from sunmao.accounts.models import User
from sunmao.answering.streaming import Relay
from sunmao.answering.tooling.models import ToolUse
from sunmao.core import streams
from tests.fixtures.tool_engine import ToolEngine, call
from tests.sunmao.answering.tooling.conftest import Shop


@pytest.fixture
def proposed(shop: Shop, tool_engine: ToolEngine, shop_tools: dict[str, Any]) -> ToolUse:
    tool_engine.rounds = [[call("title", text="Chairs <b>")], "Please confirm it."]
    shop.ask("Call this conversation Chairs")
    (use,) = shop.uses()
    return use


def browser(actor: Any) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(pk=actor.id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(shop: Shop, client: Client) -> str:
    exchange = shop.exchanges()[0]
    answered = client.get(f"/customer-service/conversations/{exchange.conversation_id}/")
    assert answered.status_code == 200
    return answered.content.decode()


def token_in(html: str) -> str:
    found = re.search(r'name="token"\s+value="([^"]+)"', html)
    assert found
    return found[1]


def test_the_page_shows_what_is_proposed_and_confirms_it(
    shop: Shop, proposed: ToolUse, shop_tools: dict[str, Any]
) -> None:
    client = browser(shop.mei)
    html = page(shop, client)
    assert "Chairs &lt;b&gt;" in html
    assert 'data-state="proposed"' in html

    block = client.post(
        f"/actions/{proposed.pk}/confirm/", {"token": token_in(html)}, headers={"HX-Request": "true"}
    ).content.decode()

    assert 'data-state="executed"' in block
    assert 'name="token"' not in block
    assert shop.titles() == ["Chairs <b>"]
    assert 'data-state="executed"' in page(shop, client)


def test_without_javascript_the_page_comes_back(shop: Shop, proposed: ToolUse) -> None:
    client = browser(shop.mei)
    said = token_in(page(shop, client))

    answered = client.post(f"/actions/{proposed.pk}/confirm/", {"token": said})

    assert answered.status_code == 302
    assert answered["Location"].endswith(f"/conversations/{proposed.conversation_id}/")
    assert shop.titles() == ["Chairs <b>"]


def test_cancelled_the_block_says_so(shop: Shop, proposed: ToolUse) -> None:
    client = browser(shop.mei)

    block = client.post(f"/actions/{proposed.pk}/cancel/", headers={"HX-Request": "true"}).content.decode()

    assert 'data-state="cancelled"' in block
    assert shop.titles() == ["Call this conversation Chairs"]


def test_a_stale_confirmation_is_told_in_the_block(shop: Shop, proposed: ToolUse) -> None:
    client = browser(shop.mei)

    answered = client.post(
        f"/actions/{proposed.pk}/confirm/", {"token": "old"}, headers={"HX-Request": "true"}
    )

    assert answered.status_code == 200
    assert 'role="alert"' in answered.content.decode()
    assert shop.titles() == ["Call this conversation Chairs"]


def test_a_colleague_finds_no_such_action(shop: Shop, proposed: ToolUse) -> None:
    client = browser(shop.zhou)

    for path in ("", "confirm/", "cancel/"):
        send = client.post if path else client.get
        assert send(f"/actions/{proposed.pk}/{path}").status_code == 404

    assert shop.titles() == ["Call this conversation Chairs"]


def test_the_api_lists_confirms_and_tells(shop: Shop, proposed: ToolUse) -> None:
    client = browser(shop.mei)
    listed = client.get("/api/v1/actions").json()["actions"]
    assert [(one["id"], one["state"]) for one in listed] == [(str(proposed.pk), "proposed")]

    done = client.post(
        f"/api/v1/actions/{proposed.pk}/confirm",
        {"token": listed[0]["token"]},
        content_type="application/json",
    )

    assert (done.status_code, done.json()["state"], done.json()["token"]) == (200, "executed", None)
    again = client.post(f"/api/v1/actions/{proposed.pk}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "action_settled")


def test_the_stream_tells_of_it_without_its_confirmation(shop: Shop, proposed: ToolUse) -> None:
    exchange = shop.exchanges()[0]
    events = list(streams.listen(str(exchange.pk), seconds=0.1))
    (told,) = [one for one in events if one.kind == "confirmation"]

    with translation.override("en"):
        html = Relay(exchange=exchange, after="", language="en")._html(told)

    assert "Change the title" in html
    assert str(told.data["token"]) not in html
