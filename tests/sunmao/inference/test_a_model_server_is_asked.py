"""An OpenAI-compatible server: asked in its own words, its citations checked, its failures told."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.utils import translation

from sunmao.answering import pipeline, services
from sunmao.answering.models import Exchange, ExchangeState
from sunmao.core import tenancy
from sunmao.core.errors import EngineFailure
from sunmao.core.streams import listen
from sunmao.inference.engine import Finished, GenerationRequest, Token, events_of
from sunmao.inference.registry import described, engine
from tests.fixtures import Ask, Cast, ModelServer

QUESTION = "Who pays for return shipping of a large item?"


def _request(**more: Any) -> GenerationRequest:
    return GenerationRequest(prompt="Say it.", question=QUESTION, language="en", passages=(), **more)


def test_its_words_arrive_one_by_one(model_server: ModelServer) -> None:
    model_server.pieces = ["The ", "customer ", "pays [1]."]
    events = list(events_of(engine(), _request(temperature=0.2, max_tokens=50)))
    assert events == [Token("The "), Token("customer "), Token("pays [1]."), Finished("stop", 3)]
    (asked,) = model_server.asked
    assert asked["path"] == "/v1/chat/completions"
    assert asked["authorization"] == "Bearer a key for the stub"
    assert (asked["model"], asked["temperature"], asked["max_tokens"], asked["stream"]) == (
        "stub",
        0.2,
        50,
        True,
    )
    assert asked["messages"] == [{"role": "user", "content": "Say it."}]


def test_an_answer_that_was_cut_says_so(model_server: ModelServer) -> None:
    model_server.pieces, model_server.finish_reason = ["The "], "length"
    assert list(events_of(engine(), _request()))[-1] == Finished("length", 1)


def test_it_is_stopped_between_two_words(model_server: ModelServer) -> None:
    model_server.pieces = ["one ", "two ", "three "]
    heard: list[Any] = []
    for event in events_of(engine(), _request(stopped=lambda: len(heard) >= 2)):
        heard.append(event)
    assert heard == [Token("one "), Token("two "), Finished("cancelled", 2)]


@pytest.mark.usefixtures("policies")
def test_its_answer_is_recorded_with_the_sources_it_cites(
    cast: Cast, ask: Ask, model_server: ModelServer
) -> None:
    model_server.pieces = [
        "For a no-reason return ",
        "the customer pays, ",
        "80 yuan per large item [2] [1].",
    ]
    record = ask(cast.mei.actor, QUESTION)
    assert record.text == "For a no-reason return the customer pays, 80 yuan per large item [2] [1]."
    assert (record.outcome, record.engine, record.model) == ("answered", "openai", "stub")
    assert [cited["number"] for cited in record.citations] == [1, 2]
    assert [cited["passage_id"] for cited in record.citations] == [
        read["passage_id"] for read in record.read[:2]
    ]
    assert record.findings == []
    assert record.label["en"] == "AI-generated content; check it against the cited sources"
    prompt = model_server.asked[0]["messages"][0]["content"]
    assert QUESTION in prompt
    assert "80 yuan per large item" in prompt


@pytest.mark.usefixtures("policies")
def test_an_invented_citation_is_removed_and_told(cast: Cast, ask: Ask, model_server: ModelServer) -> None:
    model_server.pieces = ["The customer pays [1][9]. It costs 4711 yuan [9]."]
    record = ask(cast.mei.actor, QUESTION)
    assert record.text.strip() == "The customer pays [1]."
    assert [cited["number"] for cited in record.citations] == [1]
    findings = {finding["rule_id"]: finding for finding in record.findings}
    assert sorted(findings) == ["G-CITE", "G-NUMBER"]
    assert (findings["G-CITE"]["explanation"], findings["G-CITE"]["source"]) == ("[9]", "guard")
    assert findings["G-NUMBER"]["explanation"] == "4711"


@pytest.mark.usefixtures("policies")
def test_a_model_that_says_it_does_not_know_has_not_answered(
    cast: Cast, ask: Ask, model_server: ModelServer
) -> None:
    model_server.pieces = ["No relevant knowledge was found"]
    record = ask(cast.mei.actor, QUESTION)
    assert (record.outcome, record.citations) == ("unanswered", [])


def test_without_anything_to_read_the_model_is_not_asked(
    cast: Cast, ask: Ask, model_server: ModelServer
) -> None:
    assert ask(cast.mei.actor, QUESTION).outcome == "unanswered"
    assert model_server.asked == []


@pytest.mark.usefixtures("policies")
def test_what_a_model_wrote_until_it_was_stopped_is_kept(
    cast: Cast, broker: object, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A sentence is read by the guards before anybody else reads it.
    model_server.pieces = ["The customer pays [1]. ", "Nobody ", "else does [1]."]
    monkeypatch.setattr(pipeline, "STOP_CHECK_SECONDS", 0)
    exchange = _asked(cast)
    publish = pipeline.streams.publish

    def stop_at_the_first_word(name: str, kind: str, data: dict[str, Any]) -> str:
        if kind == "token":
            services.stop(exchange=exchange)
        return publish(name, kind, data)

    monkeypatch.setattr(pipeline.streams, "publish", stop_at_the_first_word)
    pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    record = services.finished(exchange=exchange)
    assert (record.outcome, record.text) == ("stopped", "The customer pays [1]. ")


def _asked(cast: Cast) -> Exchange:
    return services.ask(actor=cast.mei.actor, task_name="customer_service.ask", data={"question": QUESTION})


def _failed(cast: Cast) -> Exchange:
    exchange = _asked(cast)
    with translation.override("zh-hans"):  # a worker's own language
        pipeline.answer(organisation_id=exchange.organisation_id, exchange_id=exchange.pk)
    with tenancy.scope(cast.hemu.pk):
        exchange.refresh_from_db()
    assert exchange.state == ExchangeState.FAILED
    return exchange


@pytest.mark.usefixtures("policies", "broker")
@pytest.mark.parametrize(
    ("case", "status", "code", "names"),
    [
        ("it refuses us", 401, "model_server_unauthorized", "SUNMAO_OPENAI_API_KEY"),
        ("it does not know the model", 404, "model_unknown", "SUNMAO_MODEL"),
    ],
)
def test_a_server_that_fails_is_told_in_the_language_of_the_asker(
    cast: Cast, model_server: ModelServer, case: str, status: int, code: str, names: str
) -> None:
    model_server.status = status
    exchange = _failed(cast)
    assert (exchange.error["code"], exchange.error["status"]) == (code, 502)
    assert sorted(exchange.error["texts"]) == ["en", "zh-hans"]
    assert names in exchange.error["texts"]["en"]
    assert [event.kind for event in listen(str(exchange.pk), seconds=1)][-1] == "failed"


@pytest.mark.usefixtures("policies", "broker")
def test_a_server_that_is_down_is_told(cast: Cast, model_server: ModelServer, settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.SUNMAO_OPENAI_RETRIES = 0
        settings.SUNMAO_OPENAI_BASE_URL = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        exchange = _failed(cast)
    assert exchange.error["code"] == "model_server_unreachable"
    assert "cannot be reached" in exchange.error["texts"]["en"]


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize("name", ["openai", "transformers"])
def test_an_engine_without_a_model_says_what_to_set(settings: Any, name: str) -> None:
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = name, ""
    with pytest.raises(EngineFailure) as caught:
        engine()
    assert (caught.value.code, caught.value.status) == ("engine_not_configured", 502)
    with translation.override("en"):
        assert "SUNMAO_MODEL" in str(caught.value.message)
    assert described() == name
