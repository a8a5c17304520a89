"""`POST /api/v1/tasks/{vertical}/{task}`, as JSON or as an event stream."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from threading import Timer
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from celery import current_app
from django.test import AsyncClient, Client
from django.utils import translation

from apps.api.views.tasks import stream
from sunmao.answering import pipeline, services
from sunmao.answering.models import Exchange
from sunmao.core import streams, tenancy
from tests.fixtures import Shop, state_of

ADDRESS = "/api/v1/tasks/customer_service/ask"
QUESTION = "I signed for the sofa 5 days ago, can I return it without a reason?"


def _post(client: Client, body: Any, address: str = ADDRESS, **headers: str) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def _events(raw: bytes) -> list[tuple[str, Any]]:
    messages = [
        dict(line.split(": ", 1) for line in part.split("\n")) for part in raw.decode().strip().split("\n\n")
    ]
    return [(message["event"], json.loads(message["data"])) for message in messages]


@pytest.mark.usefixtures("worker_at_once")
def test_the_result_is_that_of_every_door(shop: Shop) -> None:
    body = _post(shop.client(), {"question": QUESTION, "top_k": 4}).json()
    assert sorted(body) == [
        "ai_generated",
        "aigc",
        "citations",
        "conversation_id",
        "findings",
        "label",
        "outcome",
        "output",
        "record_id",
        "timings",
    ]
    assert (body["outcome"], body["output"]["language"]) == ("answered", "en")
    assert [finding["rule_id"] for finding in body["findings"]] == ["CS-RET-01"]
    assert body["label"] == "Extract from the knowledge base, word for word; no text was generated"
    account = shop.lin.client.get(f"/api/v1/records/{body['record_id']}").json()
    assert account["output"] == body["output"]
    assert (account["question"], account["engine"], len(account["read"])) == (QUESTION, "extractive", 4)


@pytest.mark.usefixtures("worker_at_once")
def test_a_conversation_goes_on_by_its_id(shop: Shop) -> None:
    first = _post(shop.client(), {"question": QUESTION}).json()
    more = {"question": "Who pays for return shipping?", "conversation_id": first["conversation_id"]}
    second = _post(shop.client(), more).json()
    assert second["conversation_id"] == first["conversation_id"]
    stranger = _post(shop.mei.client, more)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "unknown_conversation")


@pytest.mark.parametrize(
    ("case", "address", "code"),
    [
        ("an unknown task", "/api/v1/tasks/customer_service/sing", "unknown_task"),
        ("an unknown vertical", "/api/v1/tasks/astrology/ask", "unknown_task"),
        ("a vertical that is not enabled", "/api/v1/tasks/medical/ask", "unknown_task"),
        ("an unknown address", "/api/v1/sing", "unknown_address"),
        ("half an address", "/api/v1/tasks", "unknown_address"),
    ],
)
def test_what_does_not_exist_is_told_in_json(shop: Shop, case: str, address: str, code: str) -> None:
    before = state_of(shop.organisation)
    response = _post(shop.client(), {"question": "a"}, address)
    assert (response.status_code, response.json()["code"]) == (404, code)
    assert response.headers["Content-Type"] == "application/json"
    assert state_of(shop.organisation) == before


@pytest.mark.usefixtures("worker_at_once")
def test_as_a_stream_it_tells_its_steps_and_ends_with_the_result(shop: Shop) -> None:
    response = _post(shop.client(), {"question": QUESTION}, accept="text/event-stream")
    assert response.headers["Content-Type"] == "text/event-stream"
    assert (response.headers["Cache-Control"], response.headers["X-Accel-Buffering"]) == ("no-cache", "no")
    events = _events(b"".join(response.streaming_content))
    assert events[-1][0] == "done"
    assert events[-1][1]["outcome"] == "answered"
    # The answer was there before the stream was listened to: a late listener gets the result at once.
    assert [kind for kind, _ in events] == ["done"]


def _asked(shop: Shop) -> Exchange:
    return services.ask(actor=shop.mei.actor, task_name="customer_service.ask", data={"question": QUESTION})


def _answer(exchange: Exchange) -> None:
    pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)


def test_a_listener_from_the_start_hears_everything(shop: Shop) -> None:
    exchange = _asked(shop)
    for kind, data in (("step", {"name": "read"}), ("token", {"text": "seven days"}), ("done", {})):
        streams.publish(str(exchange.pk), kind, data)
    messages = stream(exchange)
    assert _events("".join(next(messages) for _ in range(2)).encode()) == [
        ("step", {"name": "read"}),
        ("token", {"text": "seven days"}),
    ]
    _answer(exchange)
    ((kind, result),) = _events("".join(messages).encode())
    assert (kind, result["outcome"]) == ("done", "answered")


def test_a_listener_that_goes_away_stops_the_engine(shop: Shop) -> None:
    exchange = _asked(shop)
    streams.publish(str(exchange.pk), "step", {"name": "read"})
    messages = stream(exchange)
    next(messages)
    assert not streams.flag_is_up(str(exchange.pk))
    messages.close()
    assert streams.flag_is_up(str(exchange.pk))
    _answer(exchange)
    with tenancy.scope(exchange.organisation_id):
        exchange.refresh_from_db()
    assert exchange.state == "stopped"


def test_a_failure_ends_the_stream_with_an_error(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "PICK_UP_SECONDS", 2)
    with translation.override("en"):
        ((kind, told),) = _events("".join(stream(_asked(shop))).encode())
    assert kind == "error"
    assert (told["code"], told["status"]) == ("no_worker", 503)
    assert told["message"].startswith("No worker picked the question up.")


def test_a_refusal_before_the_stream_is_json(shop: Shop) -> None:
    response = _post(shop.client(), {"question": ""}, accept="text/event-stream")
    assert (response.status_code, response.json()["code"]) == (400, "empty_input")
    assert response.headers["Content-Type"] == "application/json"
    response = _post(Client(), {"question": "a"}, accept="text/event-stream")
    assert (response.status_code, response.json()["detail"]) == (401, "无效的API密钥")


async def _arrivals(shop: Shop) -> list[tuple[float, str]]:
    """When each message arrived, while the worker pauses between two."""
    headers = {"x-api-key": shop.key, "accept": "text/event-stream"}
    body = json.dumps({"question": QUESTION})
    response = await AsyncClient().post(ADDRESS, body, content_type="application/json", headers=headers)
    began, arrived = time.monotonic(), []
    async for chunk in cast(AsyncIterator[bytes], response.streaming_content):
        arrived.append((time.monotonic() - began, chunk.decode()))
    return arrived


def test_under_asgi_each_message_is_sent_when_it_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django collects an ordinary iterator before it sends the first message; ours is not ordinary."""

    def send_task(_name: str, args: tuple[str, ...], **_options: object) -> None:
        exchange_id = args[1]
        streams.publish(exchange_id, "step", {"name": "read"})
        Timer(1.0, streams.publish, (exchange_id, "done", {})).start()

    monkeypatch.setattr(current_app._get_current_object(), "send_task", send_task)
    arrived = async_to_sync(_arrivals)(shop)
    assert "event: step" in arrived[0][1]
    assert arrived[0][0] < 0.7
    assert arrived[-1][0] > 0.9
