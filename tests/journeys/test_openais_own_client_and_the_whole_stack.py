"""OpenAI's own client against the running product: a web process, a broker and real workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.fixtures.stack import Stack, eventually, home_of_a_stack, sign_up, unread

QUESTION = "I signed for the sofa 5 days ago, can I return it without a reason?"
TASK = "customer_service.ask"


class _WithEncoder(Stack):
    @property
    def env(self) -> dict[str, str]:
        return super().env | {"SUNMAO_ENGLISH_ENCODER": "minilm"}


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    with home_of_a_stack() as made:
        stack = _WithEncoder(home=made.home, port=made.port, said=made.said)
        stack.start()
        member = sign_up(stack, stack.first_run_url, "administrator")
        assert eventually(lambda: not unread(member), seconds=200, pause=0.5)
        try:
            yield stack
        finally:
            stack.interrupt()


def _key(stack: Stack, *options: str) -> OpenAI:
    made = stack.manage("apikey", "create", f"key{len(options)}", *options)
    assert made.returncode == 0, made.stderr
    return OpenAI(base_url=f"{stack.address}/v1", api_key=made.stdout.strip(), max_retries=0)


@pytest.mark.stack
@pytest.mark.slow
def test_a_program_lists_models_reads_a_stream_and_has_vectors_made(running: Stack) -> None:
    client = _key(running, "--task", TASK)
    assert TASK in [one.id for one in client.models.list()]
    asked: Any = {"model": TASK, "messages": [{"role": "user", "content": QUESTION}]}
    stream = client.chat.completions.create(**asked, stream=True)
    chunks = list(stream)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert "[1]" in text
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1] == "stop"
    whole = client.chat.completions.create(**asked)
    assert whole.choices[0].message.content == text
    with pytest.raises(openai.PermissionDeniedError):
        client.embeddings.create(model="all-MiniLM-L6-v2", input="a sofa")
    engineer = _key(running, "--role", "model_engineer")
    found = engineer.embeddings.create(model="all-MiniLM-L6-v2", input=["a red sofa", "a red couch"])
    one, other = (row.embedding for row in found.data)
    assert len(one) == 384
    assert sum(a * b for a, b in zip(one, other, strict=True)) > 0.6
