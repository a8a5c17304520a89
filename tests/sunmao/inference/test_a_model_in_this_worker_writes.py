"""The `transformers` engine with a real, tiny model: made from a configuration, so nothing is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Finished, GenerationRequest, Token, events_of
from sunmao.inference.registry import engine

WORDS = [
    "the",
    "customer",
    "pays",
    "for",
    "return",
    "shipping",
    "of",
    "a",
    "large",
    "item",
    "when",
    "it",
    "is",
    "not",
    "faulty",
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one layer that knows sixteen words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    vocabulary = {word: number for number, word in enumerate(["<unk>", "</s>", *dict.fromkeys(WORDS)])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", eos_token="</s>", pad_token="</s>"
    ).save_pretrained(folder)
    torch.manual_seed(1)
    configuration = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=128,
        eos_token_id=None,
        bos_token_id=None,
        pad_token_id=1,
    )
    LlamaForCausalLM(configuration).save_pretrained(folder)
    return folder


@pytest.fixture
def configured(tiny: Path, settings: Any, engines: None) -> None:
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "transformers", str(tiny)


def _request(**more: Any) -> GenerationRequest:
    question = "who pays for return shipping"
    return GenerationRequest(prompt=question, question=question, language="en", passages=(), **more)


@pytest.mark.usefixtures("configured")
def test_it_writes_as_many_words_as_it_may() -> None:
    events = list(events_of(engine(), _request(temperature=0.0, max_tokens=12)))
    assert isinstance(events[-1], Finished)
    text = "".join(event.text for event in events if isinstance(event, Token))
    assert len(text.split()) == 12
    assert set(text.split()) <= set(WORDS)
    assert (engine().name, engine().generative) == ("transformers", True)


@pytest.mark.usefixtures("configured")
def test_cold_it_writes_the_same_twice() -> None:
    first, second = (list(events_of(engine(), _request(temperature=0.0, max_tokens=8))) for _ in range(2))
    assert first == second


@pytest.mark.usefixtures("configured")
def test_it_stops_between_two_words() -> None:
    heard: list[Any] = []
    for event in events_of(
        engine(), _request(temperature=0.7, max_tokens=100, stopped=lambda: len(heard) >= 3)
    ):
        heard.append(event)
    assert isinstance(heard[-1], Finished)
    assert heard[-1].reason == "cancelled"
    assert 3 <= len(heard) < 20


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize("case", ["no such folder", "an empty folder", "weights that are no safetensors"])
def test_a_model_that_cannot_be_loaded_is_told(settings: Any, tmp_path: Path, tiny: Path, case: str) -> None:
    folder = tmp_path / "model"
    if case != "no such folder":
        folder.mkdir()
    if case == "weights that are no safetensors":
        for file in tiny.iterdir():
            if file.suffix != ".safetensors":
                (folder / file.name).write_bytes(file.read_bytes())
        (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    settings.SUNMAO_ENGINE, settings.SUNMAO_MODEL = "transformers", str(folder)
    with translation.override("zh-hans"), pytest.raises(EngineFailure) as caught:
        engine()
    assert (caught.value.code, caught.value.status) == ("model_not_loaded", 502)
    with translation.override("en"):
        assert str(caught.value.message).startswith(f"The model {folder} could not be loaded.")
    with translation.override("zh-hans"):
        assert str(folder) in str(caught.value.message)
        assert "could not be loaded" not in str(caught.value.message)
