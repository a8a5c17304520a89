"""A Hugging Face causal model in this worker, by hub id or local path. Device and dtype by detection."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import (
    Capabilities,
    Event,
    Finished,
    FinishReason,
    GenerationRequest,
    Token,
    in_turn,
)


class TransformersEngine:
    """One loaded model. No code from the model's repository is ever run (`trust_remote_code` stays off)."""

    name = "transformers"
    generative = True
    capabilities = Capabilities()

    def __init__(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if not settings.SUNMAO_MODEL:
            raise EngineFailure(
                _("Set SUNMAO_MODEL to a model id or a path, or choose the engine `extractive`."),
                code="engine_not_configured",
            )
        self.model: str = settings.SUNMAO_MODEL
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if self._device == "cuda" else torch.float32
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(self.model)
            model: Any = AutoModelForCausalLM.from_pretrained(self.model, dtype=dtype, use_safetensors=True)
            self._model: Any = model.to(self._device).eval()
        except (OSError, ValueError) as error:
            raise EngineFailure(
                format_lazy(
                    _("The model {model} could not be loaded. Check that it exists as safetensors."),
                    model=self.model,
                ),
                code="model_not_loaded",
            ) from error
        self._generating = threading.Lock()

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._write, requests)

    def _write(self, request: GenerationRequest) -> Iterator[Event]:
        from transformers import TextIteratorStreamer

        inputs = self._encode(request.prompt)
        streamer = TextIteratorStreamer(
            self._tokenizer,
            skip_prompt=True,
            skip_special_tokens=True,
            timeout=settings.SUNMAO_ANSWER_SECONDS,
        )
        failures: list[BaseException] = []
        with self._generating:
            thread = threading.Thread(
                target=self._run, args=(inputs, request, streamer, failures), daemon=True
            )
            thread.start()
            count = 0
            for text in streamer:
                if text:
                    count += 1
                    yield Token(text)
            thread.join()
        if failures:
            raise EngineFailure(code="generation_failed") from failures[0]
        reason: FinishReason = (
            "cancelled" if request.stopped() else "length" if count >= request.max_tokens else "stop"
        )
        yield Finished(reason, count)

    def _encode(self, prompt: str) -> Any:
        if getattr(self._tokenizer, "chat_template", None):
            messages = [{"role": "user", "content": prompt}]
            return self._tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            ).to(self._device)
        return self._tokenizer(prompt, return_tensors="pt").to(self._device)

    def _run(
        self, inputs: Any, request: GenerationRequest, streamer: Any, failures: list[BaseException]
    ) -> None:
        from transformers import StoppingCriteria, StoppingCriteriaList

        class Stopped(StoppingCriteria):
            def __call__(self, *_args: Any, **_kwargs: Any) -> bool:
                return request.stopped()

        try:
            self._model.generate(
                **inputs,
                streamer=streamer,
                max_new_tokens=request.max_tokens,
                do_sample=request.temperature > 0,
                temperature=request.temperature or None,
                stopping_criteria=StoppingCriteriaList([Stopped()]),
            )
        except (RuntimeError, ValueError) as error:
            failures.append(error)
            streamer.end()
