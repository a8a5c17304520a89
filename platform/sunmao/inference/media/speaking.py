"""Text to speech: VITS through transformers, a sentence at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure, InvalidInput
from sunmao.inference.engine import Finished
from sunmao.inference.media import bringing, sound
from sunmao.inference.media.engine import Event, Made, MediaCapabilities, MediaRequest, in_turn, too_slow
from sunmao.knowledge.text.sentences import sentences

PAUSE_SECONDS = 0.25
DEFAULT_VOICE = "default"


class VitsEngine:
    name = "vits"

    def __init__(self, source: str) -> None:
        self.model = source
        self._lock = threading.Lock()
        self._model, self._tokenizer = bringing.brought(source, _loaded)
        speakers = int(self._model.config.num_speakers)
        voices = tuple(str(number) for number in range(speakers)) if speakers > 1 else ()
        self.capabilities = MediaCapabilities(speaks=True, voices=(DEFAULT_VOICE, *voices))

    def generate(self, requests: Sequence[MediaRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._spoken, requests)

    def _spoken(self, request: MediaRequest) -> Iterator[Event]:
        speaker = self._speaker(request.voice)
        rate = int(self._model.config.sampling_rate)
        pause = np.zeros(int(rate * PAUSE_SECONDS), dtype=np.float32)
        parts: list[sound.Samples] = []
        for text in [one.text for one in sentences(request.text)] or [request.text]:
            if request.stopped():
                yield Finished("cancelled")
                return
            if request.is_over:
                raise too_slow()
            parts += [pause] if parts else []
            parts.append(self._wave(text, speaker, request))
        yield Made(sound.written(np.concatenate(parts), rate=rate), "audio/wav")
        yield Finished("stop")

    def _speaker(self, voice: str) -> int | None:
        if voice and voice not in self.capabilities.voices:
            raise InvalidInput(
                format_lazy(
                    _("This model has no such voice. It has: {voices}"),
                    voices=", ".join(self.capabilities.voices),
                ),
                code="unknown_voice",
                fields={"voice": voice},
            )
        if len(self.capabilities.voices) == 1:
            return None
        return 0 if voice in ("", DEFAULT_VOICE) else int(voice)

    def _wave(self, text: str, speaker: int | None, request: MediaRequest) -> sound.Samples:
        """The model draws from torch's own chance; it is put back as it was."""
        import torch

        inputs = self._tokenizer(text, return_tensors="pt")
        if inputs["input_ids"].shape[-1] < 2:
            raise InvalidInput(
                _("The model knows none of the letters of this text."),
                code="language_not_served",
                fields={"input": text[:80]},
            )
        cuda = [self._model.device] if self._model.device.type == "cuda" else []
        with self._lock, torch.inference_mode(), torch.random.fork_rng(devices=cuda):
            if request.seed is not None:
                torch.manual_seed(request.seed)
            self._model.speaking_rate = request.speed
            said = self._model(**inputs.to(self._model.device), speaker_id=speaker).waveform[0]
        return np.asarray(said.float().cpu().numpy(), dtype=np.float32)


def _loaded(folder: str) -> tuple[Any, Any]:
    from transformers import VitsModel, VitsTokenizer

    bringing.require_kind(folder, "vits")
    kind: Any = VitsModel
    reads: Any = VitsTokenizer
    tokenizer = reads.from_pretrained(folder)
    if tokenizer.phonemize or tokenizer.is_uroman:
        raise EngineFailure(
            _(
                "This voice needs its text in another script first (phonemes or uroman), which this engine "
                "does not do. Choose a VITS model that reads letters."
            ),
            code="model_not_loaded",
        )
    model = kind.from_pretrained(folder, use_safetensors=True).to(bringing.device()).eval()
    return model, tokenizer


__all__ = ["VitsEngine"]
