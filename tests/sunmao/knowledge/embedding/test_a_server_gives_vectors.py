"""Encoders behind OpenAI's `/embeddings`: what is sent, what is tried again, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sunmao.core.errors import InvalidInput
from sunmao.knowledge import encoders
from sunmao.knowledge.embedding_server import EmbeddingsFailed, Endpoint
from tests.fixtures.embedding_server import EmbeddingServer


class _Waits(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def _endpoint(server: EmbeddingServer, waits: _Waits, **more: Any) -> Endpoint:
    return Endpoint(url=server.url, model="first", key="a key for the stub", sleep=waits, **more)


def test_texts_go_in_batches_and_come_back_in_their_order(embedding_server: EmbeddingServer) -> None:
    texts = ["red", "green", "blue", "black", "white"]
    rows = _endpoint(embedding_server, _Waits(), batch=2).embed(texts)
    assert rows == [embedding_server.vector("first", text) for text in texts]
    assert [body["input"] for body in embedding_server.asked] == [texts[:2], texts[2:4], texts[4:]]
    assert {body["path"] for body in embedding_server.asked} == {"/v1/embeddings"}
    assert {body["authorization"] for body in embedding_server.asked} == {"Bearer a key for the stub"}


def test_a_passing_refusal_is_tried_again_after_as_long_as_the_server_asks(
    embedding_server: EmbeddingServer,
) -> None:
    embedding_server.statuses = [503, 429]
    embedding_server.headers = {"Retry-After": "7"}
    waits = _Waits()
    assert _endpoint(embedding_server, waits).embed(["red"]) == [embedding_server.vector("first", "red")]
    assert (waits, len(embedding_server.asked)) == ([7.0, 7.0], 3)


@pytest.mark.parametrize(
    ("what", "statuses", "requests"),
    [("a wrong key at once", [401], 1), ("a server that stays ill after three", [500, 500, 500], 3)],
)
def test_other_refusals_are_told(
    embedding_server: EmbeddingServer, what: str, statuses: list[int], requests: int
) -> None:
    embedding_server.statuses = list(statuses)
    with pytest.raises(EmbeddingsFailed) as refused:
        _endpoint(embedding_server, _Waits()).embed(["red"])
    assert refused.value.fields == {"status": str(statuses[-1])}
    assert len(embedding_server.asked) == requests


def test_an_answer_without_all_vectors_is_none(embedding_server: EmbeddingServer) -> None:
    embedding_server.broken = True
    with pytest.raises(EmbeddingsFailed):
        _endpoint(embedding_server, _Waits()).embed(["red"])


def test_a_server_that_is_not_there_is_tried_three_times() -> None:
    waits = _Waits()
    with pytest.raises(EmbeddingsFailed):
        Endpoint(url="http://127.0.0.1:9/v1", model="first", sleep=waits, seconds=0.2).embed(["red"])
    assert waits == [1.0, 2.0]


def test_vectors_have_length_one_and_say_whose_they_are(embedding_server: EmbeddingServer) -> None:
    encoder = encoders.encoder("openai:first@2026-01")
    assert str(encoder.identity) == "first@2026-01/64/l2"
    assert sum(value**2 for value in encoder.encode(["red red green"])[0]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("what", "spec", "code"),
    [
        ("a name of nothing", "word2vec", "unknown_encoder"),
        ("a kind without a model", "st:", "unknown_encoder"),
        ("a line break", "st:a\nb", "unknown_encoder"),
        ("a server that is not configured", "openai:first", "encoder_not_configured"),
    ],
)
def test_a_wrong_name_is_refused(settings: Any, what: str, spec: str, code: str) -> None:
    settings.SUNMAO_EMBEDDINGS_URL = ""
    with pytest.raises(InvalidInput) as refused:
        encoders.checked(spec)
    assert refused.value.code == code
