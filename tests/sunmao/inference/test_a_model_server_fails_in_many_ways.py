"""A model server that is away, busy, wrong, slow or gone in the middle: each is told, some retried."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import (
    ChatMessage,
    Finished,
    GenerationRequest,
    Image,
    Token,
    ToolCall,
    ToolSpec,
    events_of,
)
from sunmao.inference.engines.openai_compatible import adapters
from sunmao.inference.engines.openai_compatible import engine as engine_module
from sunmao.inference.errors import CapabilityMissing
from sunmao.inference.registry import engine
from tests.fixtures import ModelServer
from tests.fixtures.model_server import serving

PICTURE = b"\x89PNG\r\n\x1a\n"
WEATHER = ToolSpec(name="weather", description="The weather of a town", parameters={"type": "object"})


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "FIRST_PAUSE", 0.01)


@pytest.fixture
def second() -> Iterator[ModelServer]:
    with serving() as found:
        found.pieces, found.models = ["from the second"], ("other",)
        yield found


def _request(**more: Any) -> GenerationRequest:
    return GenerationRequest(prompt="Say it.", question="q", language="en", passages=(), **more)


def _all(**more: Any) -> list[Any]:
    return list(events_of(engine(), _request(**more)))


def _fails(**more: Any) -> EngineFailure:
    with pytest.raises(EngineFailure) as caught:
        _all(**more)
    return caught.value


def test_everything_of_a_request_is_sent_in_the_servers_words(
    model_server: ModelServer, settings: Any
) -> None:
    settings.SUNMAO_OPENAI_CAN = ["tools", "images", "schema"]
    model_server.pieces = ["{}"]
    call = ToolCall("c1", "weather", '{"town": "Wuhan"}')
    _all(
        messages=(
            ChatMessage(role="system", content="Be brief."),
            ChatMessage(role="user", content="Look", images=(Image(PICTURE, "image/png"),)),
            ChatMessage(role="assistant", calls=(call,)),
            ChatMessage(role="tool", content="rain", call_id="c1"),
        ),
        tools=(WEATHER,),
        stop=("END",),
        seed=7,
        schema={"type": "object"},
    )
    (asked,) = model_server.asked
    system, user, assistant, tool = asked["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert user["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]
    assert assistant["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"town": "Wuhan"}'}
    assert tool == {"role": "tool", "content": "rain", "tool_call_id": "c1"}
    assert (asked["stop"], asked["seed"]) == (["END"], 7)
    assert asked["tools"][0]["function"]["name"] == "weather"
    assert asked["response_format"]["json_schema"] == {
        "name": "answer",
        "schema": {"type": "object"},
        "strict": False,
    }


def test_calls_of_tools_are_put_together_from_their_pieces(model_server: ModelServer, settings: Any) -> None:
    settings.SUNMAO_OPENAI_CAN = ["tools"]
    model_server.calls = [("a", "weather", ['{"town": ', '"Wuhan"}']), ("b", "weather", ["{}"])]
    model_server.usage = (31, 9)
    assert _all(tools=(WEATHER,)) == [
        ToolCall("a", "weather", '{"town": "Wuhan"}'),
        ToolCall("b", "weather", "{}"),
        Finished("tool_calls", 9, 31),
    ]


@pytest.mark.parametrize("wanted", ["tools", "images", "schema", "adapter"])
def test_what_the_engine_cannot_do_is_refused_before_anything_is_sent(
    model_server: ModelServer, settings: Any, wanted: str
) -> None:
    settings.SUNMAO_OPENAI_CAN = []
    asks: dict[str, dict[str, Any]] = {
        "tools": {"tools": (WEATHER,)},
        "images": {"messages": (ChatMessage(role="user", images=(Image(PICTURE, "image/png"),)),)},
        "schema": {"schema": {"type": "object"}},
        "adapter": {"adapter": "shop.tone.v3"},
    }
    with pytest.raises(CapabilityMissing):
        _all(**asks[wanted])
    assert model_server.asked == []


@pytest.mark.parametrize("status", [429, 500, 503], ids=["too busy", "broken", "away for a moment"])
def test_what_passes_is_tried_again(model_server: ModelServer, status: int) -> None:
    model_server.failures, model_server.pieces = [status, status], ["at last"]
    assert _all() == [Token("at last"), Finished("stop", 1)]
    assert len(model_server.asked) == 3


@pytest.mark.parametrize(
    ("case", "status", "body", "code", "times"),
    [
        ("it refuses our key", 401, "", "model_server_unauthorized", 1),
        ("it does not know the model", 404, "", "model_unknown", 1),
        (
            "it does not like the request",
            400,
            '{"error": {"message": "no such role"}}',
            "model_request_refused",
            1,
        ),
        (
            "the prompt is too long",
            400,
            '{"error": {"message": "too long", "code": "context_length_exceeded"}}',
            "context_overflow",
            1,
        ),
        ("it is too busy", 429, "", "model_server_busy", 3),
        ("it breaks", 500, "<html>", "model_server_failed", 3),
        ("it sends a page", 200, "<html></html>", "model_server_garbled", 1),
        ("it sends no stream", 200, '{"choices": []}', "model_server_garbled", 1),
        ("it sends what is no JSON", 200, "data: {oops\n\n", "model_server_garbled", 1),
        (
            "it tells of an error in the stream",
            200,
            'data: {"error": {"message": "x"}}\n\n',
            "model_server_failed",
            3,
        ),
        ("it ends without a word", 200, "data: [DONE]\n\n", "model_server_failed", 3),
    ],
)
def test_each_failure_has_its_code_and_only_what_may_pass_is_tried_again(
    model_server: ModelServer, case: str, status: int, body: str, code: str, times: int
) -> None:
    model_server.status, model_server.body = status, body
    failure = _fails()
    assert (failure.code, failure.status, len(model_server.asked)) == (code, 502, times)


def test_what_a_server_asks_us_to_wait_is_waited_unless_it_is_too_long(model_server: ModelServer) -> None:
    model_server.failures, model_server.headers, model_server.pieces = [429], {"Retry-After": "3600"}, ["no"]
    began = time.monotonic()
    assert _fails().code == "model_server_busy"
    assert time.monotonic() - began < 2


def test_a_server_that_is_silent_is_not_waited_for(model_server: ModelServer) -> None:
    model_server.silence, model_server.pieces = 20, ["late"]
    began = time.monotonic()
    assert _fails(deadline=began + 0.5).code == "model_timeout"
    assert time.monotonic() - began < 2
    assert model_server.left.wait(2)


def test_giving_up_before_the_first_byte_closes_the_connection(model_server: ModelServer) -> None:
    model_server.silence, model_server.pieces = 20, ["late"]
    gone = threading.Event()
    threading.Timer(0.3, gone.set).start()
    began = time.monotonic()
    assert _all(stopped=gone.is_set) == [Finished("cancelled")]
    assert time.monotonic() - began < 1.3
    assert model_server.left.wait(1)


def test_giving_up_in_the_middle_closes_the_connection_within_a_second(model_server: ModelServer) -> None:
    model_server.pieces, model_server.pause = ["one "] * 200, 0.05
    heard: list[Any] = []
    for event in events_of(engine(), _request(stopped=lambda: len(heard) >= 2)):
        heard.append(event)
    stopped_at = time.monotonic()
    assert heard[-1] == Finished("cancelled", 2)
    assert model_server.left.wait(1)
    assert time.monotonic() - stopped_at < 1


def test_whoever_stops_listening_closes_the_connection(model_server: ModelServer) -> None:
    model_server.pieces, model_server.pause = ["one "] * 200, 0.05
    events = events_of(engine(), _request())
    assert next(events) == Token("one ")
    events.close()  # type: ignore[attr-defined]
    assert model_server.left.wait(1)


def test_a_connection_that_breaks_in_the_middle_is_told_and_not_tried_again(
    model_server: ModelServer,
) -> None:
    model_server.pieces, model_server.drop_after = ["one ", "two ", "three "], 2
    assert _all() == [Token("one "), Token("two "), Finished("dropped", 2)]
    assert len(model_server.asked) == 1


def test_half_a_call_of_a_tool_is_no_call(model_server: ModelServer, settings: Any) -> None:
    settings.SUNMAO_OPENAI_CAN = ["tools"]
    model_server.body = (
        'data: {"choices": [{"delta": {"content": "I look. "}}]}\n\n'
        'data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", '
        '"function": {"name": "weather", "arguments": "{"}}]}}]}\n\n'
    )
    assert _all(tools=(WEATHER,)) == [Token("I look. "), Finished("dropped", 1)]


def test_the_next_server_answers_when_the_first_is_away(
    model_server: ModelServer, second: ModelServer, settings: Any
) -> None:
    settings.SUNMAO_OPENAI_SERVERS = [{"url": second.url, "model": "other", "key": "its own"}]
    model_server.status = 503
    assert _all() == [Token("from the second"), Finished("stop", 1)]
    assert second.asked[0]["authorization"] == "Bearer its own"


def test_a_server_that_keeps_failing_is_left_alone_and_looked_at_again(
    model_server: ModelServer, settings: Any
) -> None:
    settings.SUNMAO_OPENAI_RETRIES, settings.SUNMAO_OPENAI_FAILURES, settings.SUNMAO_OPENAI_PAUSE = 0, 2, 0.3
    model_server.failures, model_server.pieces = [500, 500, 500], ["back"]
    assert [_fails().code for _ in range(3)] == [
        "model_server_failed",
        "model_server_failed",
        "model_server_resting",
    ]
    assert len(model_server.asked) == 2
    time.sleep(0.4)
    assert (_fails().code, _fails().code) == ("model_server_failed", "model_server_resting")
    time.sleep(0.4)
    assert _all() == [Token("back"), Finished("stop", 1)]
    assert _all() == [Token("back"), Finished("stop", 1)]


def test_several_requests_are_asked_at_once_and_one_that_fails_does_not_stop_the_others(
    model_server: ModelServer,
) -> None:
    model_server.pieces, model_server.pause = ["one ", "two "], 0.2
    asked = [_request() for _ in range(5)]
    began = time.monotonic()
    events = list(engine().generate([*asked, _request(adapter="shop.none.v1")]))
    assert time.monotonic() - began < 2
    for index in range(5):
        assert [event for of, event in events if of == index] == [
            Token("one "),
            Token("two "),
            Finished("stop", 2),
        ]
    assert [event for of, event in events if of == 5] == [Finished("dropped")]


def test_an_adapter_is_loaded_under_a_name_that_never_changes_its_meaning(model_server: ModelServer) -> None:
    running: Any = engine()
    found = running.servers
    model_server.pieces = ["toned"]
    adapters.load(found, name="shop.tone.v3", path="/adapters/shop.tone.v3")
    adapters.load(found, name="shop.tone.v3", path="/adapters/shop.tone.v3")
    assert [one["path"] for one in model_server.asked] == ["/v1/load_lora_adapter"]
    with pytest.raises(adapters.AdapterTaken):
        adapters.load(found, name="shop.tone.v3", path="/adapters/elsewhere")
    assert _all(adapter="shop.tone.v3")[0] == Token("toned")
    assert model_server.asked[-1]["model"] == "shop.tone.v3"
    adapters.unload(found, name="shop.tone.v3")
    assert model_server.adapters == {}
    assert _fails(adapter="shop.tone.v3").code == "model_unknown"


@pytest.mark.parametrize("name", ["tone", "Shop.v1", "../x.v1", "shop.tone.v0"])
def test_a_name_without_a_version_is_none(model_server: ModelServer, name: str) -> None:
    from sunmao.core.errors import InvalidInput

    with pytest.raises(InvalidInput):
        adapters.load(engine().servers, name=name, path="/x")  # type: ignore[attr-defined]
    assert model_server.asked == []
