"""Tiny models of random weights behind one protocol: what goes in changes what comes out, and all can end."""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sunmao.core.errors import EngineFailure, InvalidInput
from sunmao.inference.engine import Finished, Token
from sunmao.inference.media import registry, sound
from sunmao.inference.media.drawing import DiffusionEngine
from sunmao.inference.media.engine import Event, Made, MediaEngine, MediaRequest
from sunmao.inference.media.hearing import WhisperEngine
from sunmao.inference.media.speaking import VitsEngine
from sunmao.modelhub.errors import BadModel
from sunmao.modelhub.files import folders
from tests.fixtures.media_models import tone


@pytest.fixture(scope="module")
def hears(hearing_model: Path) -> WhisperEngine:
    return WhisperEngine(str(hearing_model))


@pytest.fixture(scope="module")
def speaks(speaking_model: Path) -> VitsEngine:
    return VitsEngine(str(speaking_model))


@pytest.fixture(scope="module")
def draws(drawing_model: Path) -> DiffusionEngine:
    return DiffusionEngine(str(drawing_model))


@pytest.fixture(autouse=True)
def _few_steps(settings: Any) -> None:
    settings.SUNMAO_IMAGE_STEPS = 3


def _events(engine: MediaEngine, request: MediaRequest) -> list[Event]:
    return [event for _index, event in engine.generate([request])]


def _heard(engine: MediaEngine, request: MediaRequest) -> str:
    return "".join(event.text for event in _events(engine, request) if isinstance(event, Token))


def _made(engine: MediaEngine, request: MediaRequest) -> Made:
    made, finished = _events(engine, request)
    assert isinstance(made, Made)
    assert finished == Finished("stop")
    return made


# Hearing


def test_what_is_heard_is_what_the_model_itself_hears(hears: WhisperEngine, hearing_model: Path) -> None:
    import torch
    from transformers import WhisperForConditionalGeneration, WhisperProcessor

    text = _heard(hears, MediaRequest(sound=tone(440), language="en"))
    reads: Any = WhisperProcessor.from_pretrained(hearing_model)
    model: Any = WhisperForConditionalGeneration.from_pretrained(hearing_model)
    samples = sound.read(tone(440), rate=16_000)
    features = reads(samples, sampling_rate=16_000, return_tensors="pt")["input_features"]
    with torch.inference_mode():
        ids = model.generate(features, language="en", task="transcribe")[0]
    assert text == reads.tokenizer.decode(ids, skip_special_tokens=True)
    assert text


def test_other_sounds_and_other_languages_are_heard_otherwise(hears: WhisperEngine) -> None:
    low = _heard(hears, MediaRequest(sound=tone(220, seconds=28), language="en"))
    assert low != _heard(hears, MediaRequest(sound=tone(3_000, seconds=28), language="en"))
    assert low != _heard(hears, MediaRequest(sound=tone(220, seconds=28), language="zh"))


def test_several_recordings_come_back_under_their_numbers(hears: WhisperEngine) -> None:
    asked = [MediaRequest(sound=tone(hertz, seconds=28), language="en") for hertz in (220, 3_000)]
    found = list(hears.generate(asked))
    texts = ["".join(e.text for i, e in found if i == at and isinstance(e, Token)) for at in (0, 1)]
    assert texts == [_heard(hears, one) for one in asked]
    assert texts[0] != texts[1]
    assert [index for index, event in found if isinstance(event, Finished)] == [0, 1]


def test_a_recording_of_forty_seconds_is_heard_in_two_parts(hears: WhisperEngine) -> None:
    events = _events(hears, MediaRequest(sound=tone(440, seconds=40), language="en"))
    assert [type(event) for event in events] == [Token, Token, Finished]


def test_a_language_that_the_model_does_not_hear_is_refused(hears: WhisperEngine) -> None:
    assert hears.capabilities.languages == ("en", "zh")
    with pytest.raises(InvalidInput) as refused:
        _events(hears, MediaRequest(sound=tone(440), language="tlh"))
    assert refused.value.code == "language_not_served"


def test_whoever_has_gone_is_not_listened_for(hears: WhisperEngine) -> None:
    asked = 0

    def gone() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    (finished,) = _events(hears, MediaRequest(sound=tone(440, seconds=100), language="en", stopped=gone))
    assert isinstance(finished, Finished)
    assert (finished.reason, finished.tokens < 12) == ("cancelled", True)


# Speaking


def test_a_text_becomes_a_sound(speaks: VitsEngine) -> None:
    made = _made(speaks, MediaRequest(text="good morning. the sofa is here.", seed=7))
    assert made.media_type == "audio/wav"
    samples = sound.read(made.data, rate=16_000)
    assert len(samples) > 2_000
    assert float(np.abs(samples).max()) > 0


def test_a_seed_a_voice_and_a_speed_decide_how_it_sounds(speaks: VitsEngine) -> None:
    def said(**more: Any) -> bytes:
        return _made(speaks, MediaRequest(**{"text": "good morning", "seed": 7, **more})).data

    assert said() == said()
    assert said() != said(seed=8)
    assert said() != said(voice="2")
    assert len(said(speed=0.5)) > 1.5 * len(said(speed=2.0))


def test_the_chance_of_others_is_left_alone(speaks: VitsEngine) -> None:
    import torch

    torch.manual_seed(1)
    expected = torch.rand(3).tolist()
    torch.manual_seed(1)
    _made(speaks, MediaRequest(text="good morning", seed=7))
    assert torch.rand(3).tolist() == expected


def test_a_voice_that_the_model_has_not_is_refused_with_those_it_has(speaks: VitsEngine) -> None:
    with pytest.raises(InvalidInput) as refused:
        _events(speaks, MediaRequest(text="good morning", voice="nova"))
    assert refused.value.code == "unknown_voice"
    assert "default, 0, 1, 2" in str(refused.value.message)


def test_letters_that_the_model_does_not_know_are_not_passed_over_in_silence(speaks: VitsEngine) -> None:
    with pytest.raises(InvalidInput) as refused:
        _events(speaks, MediaRequest(text="早上好"))
    assert refused.value.code == "language_not_served"


# Drawing


def test_a_text_becomes_a_picture_of_the_size_that_was_asked(draws: DiffusionEngine) -> None:
    from PIL import Image

    made = _made(draws, MediaRequest(text="a red sofa", width=64, height=32, seed=3))
    assert made.media_type == "image/png"
    assert Image.open(io.BytesIO(made.data)).size == (64, 32)
    assert made == _made(draws, MediaRequest(text="a red sofa", width=64, height=32, seed=3))
    assert made != _made(draws, MediaRequest(text="a red sofa", width=64, height=32, seed=4))
    assert made != _made(draws, MediaRequest(text="a green chair", width=64, height=32, seed=3))


@pytest.mark.parametrize(
    ("case", "width", "height"), [("too large", 4096, 64), ("uneven", 63, 64), ("too small", 8, 8)]
)
def test_a_size_that_cannot_be_is_refused(draws: DiffusionEngine, case: str, width: int, height: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        _events(draws, MediaRequest(text="a sofa", width=width, height=height))
    assert set(refused.value.fields) == {"size"}


def test_drawing_ends_between_two_steps(draws: DiffusionEngine, settings: Any) -> None:
    settings.SUNMAO_IMAGE_STEPS = 500
    began, asked = time.monotonic(), 0

    def gone() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    assert _events(draws, MediaRequest(text="a sofa", width=64, height=64, stopped=gone)) == [
        Finished("cancelled")
    ]
    assert time.monotonic() - began < 5


def test_what_takes_too_long_is_told(draws: DiffusionEngine, settings: Any) -> None:
    settings.SUNMAO_IMAGE_STEPS = 500
    late = MediaRequest(text="a sofa", width=64, height=64, deadline=time.monotonic() + 0.2)
    with pytest.raises(EngineFailure) as told:
        _events(draws, late)
    assert told.value.code == "model_timeout"


def test_without_diffusers_the_extra_is_named(drawing_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(EngineFailure) as told:
        DiffusionEngine(str(drawing_model))
    assert told.value.code == "extra_missing"
    assert "sunmao[images]" in str(told.value.message)


# All of them


def test_abilities_are_declared(hears: WhisperEngine, speaks: VitsEngine, draws: DiffusionEngine) -> None:
    can = [engine.capabilities for engine in (hears, speaks, draws)]
    assert [(one.hears, one.speaks, one.draws) for one in can] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


def test_an_engine_without_a_model_says_which_setting_is_empty(settings: Any) -> None:
    settings.SUNMAO_IMAGE_MODEL = ""
    assert "draws" not in registry.models().values()
    with pytest.raises(EngineFailure) as told:
        registry.engine("draws")
    assert (told.value.code, "SUNMAO_IMAGE_MODEL" in str(told.value.message)) == (
        "engine_not_configured",
        True,
    )


def test_a_model_of_another_kind_is_not_loaded(speaking_model: Path, hearing_model: Path) -> None:
    for engine, folder in ((WhisperEngine, speaking_model), (VitsEngine, hearing_model)):
        with pytest.raises(EngineFailure) as told:
            engine(str(folder))
        assert told.value.code == "model_not_loaded"
    with pytest.raises(EngineFailure):
        WhisperEngine("/nowhere/at/all")


def test_the_model_hub_knows_what_they_do(
    hearing_model: Path, speaking_model: Path, drawing_model: Path, tmp_path: Path
) -> None:
    found = [folders.described(one) for one in (hearing_model, speaking_model, drawing_model)]
    assert [one.modalities for one in found] == [
        ("audio", "transcription"), ("text", "speech"), ("text", "drawing"),
    ]  # fmt: skip
    assert found[2].architecture == "StableDiffusionPipeline"
    _sha256, files = folders.hashed(drawing_model, lambda done, total: None)
    assert "unet/diffusion_pytorch_model.safetensors" in files
    assert "scheduler/scheduler_config.json" in files


def test_a_pipeline_with_a_part_of_its_own_is_refused(tmp_path: Path) -> None:
    index = {"_class_name": "StableDiffusionPipeline", "unet": ["my_unet", "Mine"]}
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(BadModel) as refused:
        folders.described(tmp_path)
    assert refused.value.code == "model_unsafe"
