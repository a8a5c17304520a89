"""Speech to text: Whisper through transformers, thirty seconds at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.inference.engine import Finished, Token
from sunmao.inference.media import bringing, sound
from sunmao.inference.media.engine import Event, MediaCapabilities, MediaRequest, in_turn, too_slow

WINDOW_SECONDS = 30
"""What the model hears at once."""


class WhisperEngine:
    name = "whisper"

    def __init__(self, source: str) -> None:
        self.model = source
        self._lock = threading.Lock()
        self._model, self._processor = bringing.brought(source, _loaded)

    @property
    def capabilities(self) -> MediaCapabilities:
        known = getattr(self._model.generation_config, "lang_to_id", None) or {}
        return MediaCapabilities(hears=True, languages=tuple(sorted(name.strip("<|>") for name in known)))

    def generate(self, requests: Sequence[MediaRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._heard, requests)

    def _heard(self, request: MediaRequest) -> Iterator[Event]:
        options = self._options(request)
        rate = self._processor.feature_extractor.sampling_rate
        samples = sound.read(request.sound, rate=rate)
        words = 0
        for piece in sound.pieces(samples, rate=rate, seconds=WINDOW_SECONDS):
            text, count = self._text(piece, rate, request, options)
            words += count
            if request.stopped():
                yield Finished("cancelled", tokens=words)
                return
            if request.is_over:
                raise too_slow()
            if text:
                yield Token(text)
        yield Finished("stop", tokens=words)

    def _options(self, request: MediaRequest) -> dict[str, Any]:
        """A model of one language takes neither of them."""
        languages = self.capabilities.languages
        if request.language and request.language not in languages:
            raise InvalidInput(
                format_lazy(
                    _("This model does not hear this language. It hears: {languages}"),
                    languages=", ".join(languages) or "-",
                ),
                code="language_not_served",
                fields={"language": request.language},
            )
        if not languages:
            return {}
        return {"task": "transcribe", **({"language": request.language} if request.language else {})}

    def _text(
        self, piece: sound.Samples, rate: int, request: MediaRequest, options: dict[str, Any]
    ) -> tuple[str, int]:
        import torch

        heard = self._processor(piece, sampling_rate=rate, return_tensors="pt")
        features = heard["input_features"].to(self._model.device, self._model.dtype)
        with self._lock, torch.inference_mode():
            ids = self._model.generate(features, stopping_criteria=_until(request), **options)[0]
        return str(self._processor.tokenizer.decode(ids, skip_special_tokens=True)), len(ids)


def _loaded(folder: str) -> tuple[Any, Any]:
    import torch
    from transformers import WhisperForConditionalGeneration, WhisperProcessor

    bringing.require_kind(folder, "whisper")
    kind: Any = WhisperForConditionalGeneration
    reads: Any = WhisperProcessor
    device = bringing.device()
    dtype = torch.float16 if device == "cuda" else torch.float32
    model = kind.from_pretrained(folder, dtype=dtype, use_safetensors=True).to(device).eval()
    return model, reads.from_pretrained(folder)


def _until(request: MediaRequest) -> Any:
    """Between two tokens is asked whether anybody still waits."""
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList

    class _Over(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **_options: Any) -> Any:
            return torch.full((input_ids.shape[0],), request.is_over, device=input_ids.device)

    every: Any = StoppingCriteriaList
    return every([_Over()])


__all__ = ["WhisperEngine"]
