"""The engine without a model: sentences of the passages, word for word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sunmao.inference.engine import Finished, GenerationRequest, SourcePassage, Token, events_of
from sunmao.inference.engines.extractive import SENTENCES, ExtractiveEngine

PASSAGES = (
    SourcePassage(
        number=1,
        heading="Returns · Shipping",
        text="We ship on Mondays. The customer pays for return shipping. Boxes are brown.",
        score=3.0,
        language="en",
    ),
    SourcePassage(number=2, heading="Lamps", text="Lamps are tested twice.", score=0.2, language="en"),
)


def _generated(question: str, stopped: Callable[[], bool] = lambda: False) -> list[Token | Finished]:
    request = GenerationRequest(
        prompt="", question=question, language="en", passages=PASSAGES, stopped=stopped
    )
    return list(events_of(ExtractiveEngine(), request))


def test_every_token_is_a_span_of_its_passage() -> None:
    events = _generated("Who pays for return shipping?")
    tokens = [event for event in events if isinstance(event, Token)]
    assert 1 <= len(tokens) <= SENTENCES
    texts = {passage.number: passage.text for passage in PASSAGES}
    assert all(texts[token.passage or 0][token.start : token.end] == token.text for token in tokens)
    assert "The customer pays for return shipping." in [token.text for token in tokens]
    assert events[-1] == Finished("stop", len(tokens))


def test_the_same_question_is_quoted_the_same() -> None:
    assert _generated("Who pays for return shipping?") == _generated("Who pays for return shipping?")


def test_without_passages_there_is_nothing_to_quote() -> None:
    request = GenerationRequest(prompt="", question="Who pays?", language="en", passages=())
    assert list(events_of(ExtractiveEngine(), request)) == [Finished("stop", 0)]


def test_it_stops_between_two_sentences() -> None:
    assert _generated("Who pays for return shipping?", lambda: True) == [Finished("cancelled", 0)]


@pytest.mark.parametrize("question", ["没有电梯要加多少钱", "每层收取多少元"])
def test_a_sentence_is_not_cut_at_its_semicolon(question: str) -> None:
    text = "有电梯的免费。没有电梯的，二楼以下免费；从三楼起，每层收取 20 元。预约提前一天。"
    passage = SourcePassage(number=1, heading="配送", text=text, score=3.0, language="zh")
    request = GenerationRequest(
        prompt="", question=question, language="zh", passages=(passage,), stopped=lambda: False
    )
    tokens = [event for event in events_of(ExtractiveEngine(), request) if isinstance(event, Token)]
    said = [token.text for token in tokens]
    assert said.count("没有电梯的，二楼以下免费；从三楼起，每层收取 20 元。") == 1
    assert all(text[token.start : token.end] == token.text for token in tokens)
