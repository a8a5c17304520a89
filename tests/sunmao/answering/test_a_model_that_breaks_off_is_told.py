"""An engine that fails, breaks off or cannot read everything: the next one, the part, or fewer passages."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.answering.services import AnswerFailed
from tests.fixtures import Ask, Cast, ModelServer

pytestmark = pytest.mark.usefixtures("policies")

QUESTION = "Who pays for return shipping of a large item?"
PIECES = ["The customer pays [1]. ", "Nobody ", "else does [1]."]


def _findings(record: Any) -> dict[str, str]:
    return {finding["rule_id"]: finding["explanation"] for finding in record.findings}


def test_what_was_read_already_is_kept_and_marked(cast: Cast, ask: Ask, model_server: ModelServer) -> None:
    model_server.pieces, model_server.drop_after = PIECES, 2
    record = ask(cast.mei.actor, QUESTION)
    assert record.text.startswith("The customer pays [1].")
    assert "else" not in record.text
    assert _findings(record)["G-PARTIAL"] == "The connection to the model broke off."
    assert record.guards["partial"] == "dropped"
    assert len(model_server.asked) == 1


def test_what_nobody_has_read_is_asked_for_again(cast: Cast, ask: Ask, model_server: ModelServer) -> None:
    model_server.pieces, model_server.drop_after, model_server.drops = ["The ", "customer pays [1]."], 1, 1
    record = ask(cast.mei.actor, QUESTION)
    assert record.text == "The customer pays [1]."
    assert "G-PARTIAL" not in _findings(record)
    assert (record.guards["dropped"], len(model_server.asked)) == (1, 2)


def test_without_a_further_attempt_the_part_is_the_answer(
    cast: Cast, ask: Ask, model_server: ModelServer, settings: Any
) -> None:
    settings.SUNMAO_DROPPED_RETRIES = 0
    model_server.pieces, model_server.drop_after = ["The customer pays", " nothing."], 1
    record = ask(cast.mei.actor, QUESTION)
    assert (record.text, record.guards["partial"]) == ("The customer pays", "dropped")


def test_an_answer_that_reached_its_length_is_marked(cast: Cast, ask: Ask, model_server: ModelServer) -> None:
    model_server.pieces, model_server.finish_reason = ["The customer pays [1]."], "length"
    model_server.usage = (120, 6)
    record = ask(cast.mei.actor, QUESTION)
    assert _findings(record)["G-PARTIAL"] == "It reached the limit of its length."
    assert record.guards["usage"] == {"prompt_tokens": 120, "completion_tokens": 6}


def test_the_next_engine_of_the_chain_answers_in_its_own_name(
    cast: Cast, ask: Ask, model_server: ModelServer, settings: Any
) -> None:
    settings.SUNMAO_ENGINE_FALLBACK = ["extractive"]
    model_server.status = 401
    record = ask(cast.mei.actor, QUESTION)
    assert (record.outcome, record.engine, record.model) == ("answered", "extractive", "extractive")
    assert record.guards["fallback"] == {"from": "openai", "to": "extractive"}
    assert record.citations
    assert record.label["en"].startswith("Extract from the knowledge base")


def test_a_prompt_that_is_too_long_loses_its_weakest_passages(
    cast: Cast, ask: Ask, model_server: ModelServer
) -> None:
    model_server.pieces = ["The customer pays [1]."]
    whole = ask(cast.mei.actor, QUESTION)
    sent = len(str(model_server.asked[-1]["messages"]))
    model_server.context = sent - 50
    record = ask(cast.mei.actor, QUESTION)
    kept = len(whole.read) // 2
    assert record.text == "The customer pays [1]."
    assert _findings(record)["G-TRIMMED"] == f"It read the best {kept} passages."
    assert record.guards["trimmed_to"] == kept
    assert len(record.read) == len(whole.read)


def test_a_question_that_is_too_long_alone_is_explained(
    cast: Cast, ask: Ask, model_server: ModelServer
) -> None:
    model_server.context = 10
    with pytest.raises(AnswerFailed) as caught:
        ask(cast.mei.actor, QUESTION)
    assert (caught.value.code, caught.value.status) == ("context_overflow", 502)
