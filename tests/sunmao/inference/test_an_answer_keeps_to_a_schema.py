"""Data from an engine: the schema is sent or said, what breaks it is repaired twice at most, cut is cut."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest, Token, in_turn
from sunmao.inference.registry import engine
from sunmao.inference.structured import (
    OutputInvalid,
    OutputTruncated,
    SchemaRefused,
    problems,
    schema_of,
    structured,
)
from sunmao.inference.structured.constraint import processor_for
from tests.fixtures import ModelServer


class Verdict(BaseModel):
    verdict: Literal["sign", "change", "refuse"]
    score: int = Field(ge=0, le=100)
    reasons: list[str] = Field(max_length=3)


GOOD = {"verdict": "sign", "score": 80, "reasons": ["complete"]}


class Scripted:
    """An engine that writes one text after the other."""

    name, model, generative = "scripted", "scripted", True

    def __init__(self, *texts: str, reason: Any = "stop", schema: bool = False) -> None:
        self.texts, self.reason, self.asked = list(texts), reason, list[GenerationRequest]()
        self.capabilities = Capabilities(schema=schema)

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._write, requests)

    def _write(self, request: GenerationRequest) -> Iterator[Event]:
        self.asked.append(request)
        yield Token(self.texts.pop(0))
        yield Finished(self.reason)


def _request(**more: Any) -> GenerationRequest:
    return GenerationRequest(prompt="Judge.", question="", language="en", passages=(), **more)


def test_a_server_is_sent_the_schema(model_server: ModelServer) -> None:
    model_server.pieces = [json.dumps(GOOD)]
    assert structured(engine(), _request(), Verdict) == GOOD
    (asked,) = model_server.asked
    sent = asked["response_format"]["json_schema"]
    assert sent["schema"] == Verdict.model_json_schema()
    assert asked["messages"] == [{"role": "user", "content": "Judge."}]


def test_an_engine_that_cannot_is_told_in_words() -> None:
    scripted = Scripted(f"Here it is:\n```json\n{json.dumps(GOOD)}\n```", json.dumps(GOOD))
    assert structured(scripted, _request(), Verdict) == GOOD
    (asked, *_more) = scripted.asked
    assert asked.schema is None
    assert json.dumps(Verdict.model_json_schema()) in asked.conversation[-1].content


@pytest.mark.parametrize(
    "text",
    ['```json\n{"a": 1}\n```', 'Sure: {"a": 1} and more', '{"a": 1}'],
    ids=["between fences", "in a sentence", "alone"],
)
def test_json_is_found_where_models_put_it(text: str) -> None:
    assert structured(Scripted(text), _request(), {"type": "object"}) == {"a": 1}


def test_what_breaks_the_schema_is_told_and_mended() -> None:
    scripted = Scripted('{"verdict": "maybe", "score": 300}', json.dumps(GOOD))
    assert structured(scripted, _request(), Verdict) == GOOD
    _first, said, told = scripted.asked[1].conversation
    assert (said.role, said.content) == ("assistant", '{"verdict": "maybe", "score": 300}')
    assert "/verdict: 'maybe' is not one of" in told.content
    assert "/score: 300 is greater than the maximum of 100" in told.content


def test_after_two_repairs_it_is_told_with_what_came_last() -> None:
    scripted = Scripted("no", '{"score": 1}', '{"score": 2}', json.dumps(GOOD))
    with pytest.raises(OutputInvalid) as caught:
        structured(scripted, _request(), Verdict, repairs=9)
    assert len(scripted.asked) == 3
    assert caught.value.data == {"score": 2}
    assert any("'verdict' is a required property" in one for one in caught.value.problems)


def test_data_that_was_cut_is_not_repaired() -> None:
    scripted = Scripted('{"verdict": "sign", "sco', reason="length")
    with pytest.raises(OutputTruncated):
        structured(scripted, _request(), Verdict)
    assert len(scripted.asked) == 1


def test_whole_data_at_the_limit_of_length_is_whole() -> None:
    assert structured(Scripted(json.dumps(GOOD), reason="length"), _request(), Verdict) == GOOD


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "https://example.com/schema.json"},
        {"properties": {"a": {"$ref": "other.json"}}},
        {"description": "x" * 70_000},
        {"default": {1, 2}},
    ],
    ids=["an unknown type", "another place", "another file", "too large", "no JSON"],
)
def test_what_is_no_schema_of_its_own_is_refused(schema: dict[str, Any]) -> None:
    scripted = Scripted("{}")
    with pytest.raises(SchemaRefused):
        structured(scripted, _request(), schema)
    assert scripted.asked == []


def test_brackets_without_end_are_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"not": deep}
    with pytest.raises(SchemaRefused):
        schema_of(deep)


@pytest.fixture(scope="module")
def letters() -> tuple[Any, Any]:
    """A tokenizer of bytes, and a model with random weights that knows nothing of JSON."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    signs = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {sign: number for number, sign in enumerate(["</s>", *signs])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", pad_token="</s>")
    torch.manual_seed(3)
    configuration = LlamaConfig(
        vocab_size=320,  # wider than the tokenizer, as models often are
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=512,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=0,
    )
    return tokenizer, LlamaForCausalLM(configuration).eval()


SMALL = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["sign", "change"]},
        "score": {"type": "integer", "minimum": 0, "maximum": 99},
        "why": {"type": "string", "maxLength": 5},
    },
    "required": ["verdict", "score", "why"],
    "additionalProperties": False,
}


def test_a_model_that_knows_nothing_writes_what_the_schema_asks_for(letters: tuple[Any, Any]) -> None:
    tokenizer, model = letters
    processor = processor_for(SMALL, tokenizer)
    batch = tokenizer(["judge", "again"], return_tensors="pt")
    out = model.generate(
        **batch, max_new_tokens=120, do_sample=True, temperature=1.5, logits_processor=[processor]
    )
    for row in out[:, batch["input_ids"].shape[1] :]:
        text = tokenizer.decode(row, skip_special_tokens=True)
        assert structured(Scripted(text), _request(), SMALL, repairs=0)["verdict"] in ("sign", "change")
        assert " " not in text.replace('"why"', "").split('"why":')[0]
    assert all(row.is_complete for row in processor.rows)


def test_a_schema_that_cannot_be_kept_to_is_told_before_anything_is_written(letters: tuple[Any, Any]) -> None:
    with pytest.raises(SchemaRefused):
        processor_for({"type": "string", "pattern": "(?<=a)b"}, letters[0])


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"pattern": "^(a+)+$"}, "a" * 60 + "b"),
        (
            {"patternProperties": {"^(a+)+$": {"type": "string"}}, "additionalProperties": False},
            {"a" * 60 + "b": 1},
        ),
        ({"$defs": {"n": {"$ref": "#/$defs/n"}}, "$ref": "#/$defs/n"}, {}),
    ],
    ids=["a pattern", "a pattern of names", "a reference to itself"],
)
def test_a_schema_that_never_ends_is_a_problem_within_two_seconds(schema: Any, data: Any) -> None:
    began = time.monotonic()
    assert len(problems(schema_of(schema), data)) == 1
    assert time.monotonic() - began < 2


def test_other_fields_are_held_against_what_is_said_of_them() -> None:
    schema = {
        "properties": {"a": True},
        "patternProperties": {"^x": {"type": "integer"}},
        "additionalProperties": {"type": "string"},
    }
    assert problems(schema, {"a": [], "x1": 1, "b": "c"}) == []
    assert problems(schema, {"x1": "1", "b": 2}) == [
        "/b: 2 is not of type 'string'",
        "/x1: '1' is not of type 'integer'",
    ]
    assert problems({"additionalProperties": False}, {"b": 2}) == [
        "/: Additional properties are not allowed ('b' not known)"
    ]
