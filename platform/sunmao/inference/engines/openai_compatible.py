"""Any server that speaks OpenAI's chat completions: vLLM, SGLang, Ollama, a cloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest, Token, in_turn

CONNECT_SECONDS = 5.0


class OpenAiCompatibleEngine:
    name = "openai"
    generative = True
    capabilities = Capabilities()

    def __init__(self) -> None:
        from openai import OpenAI

        if not settings.SUNMAO_OPENAI_BASE_URL or not settings.SUNMAO_MODEL:
            raise EngineFailure(
                _("Set SUNMAO_OPENAI_BASE_URL and SUNMAO_MODEL, or choose the engine `extractive`."),
                code="engine_not_configured",
            )
        self.model: str = settings.SUNMAO_MODEL
        self._client = OpenAI(
            base_url=settings.SUNMAO_OPENAI_BASE_URL,
            api_key=settings.SUNMAO_OPENAI_API_KEY or "none",
            timeout=settings.SUNMAO_ANSWER_SECONDS,
            max_retries=1,
        )

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._write, requests)

    def _write(self, request: GenerationRequest) -> Iterator[Event]:
        from openai import OpenAIError

        count = 0
        try:
            with self._client.chat.completions.create(
                model=self.model,
                messages=[{"role": "user", "content": request.prompt}],
                temperature=request.temperature,
                max_tokens=request.max_tokens,
                stream=True,
            ) as stream:
                for chunk in stream:
                    if request.stopped():
                        yield Finished("cancelled", count)
                        return
                    text = chunk.choices[0].delta.content if chunk.choices else None
                    if text:
                        count += 1
                        yield Token(text)
                    if chunk.choices and chunk.choices[0].finish_reason == "length":
                        yield Finished("length", count)
                        return
        except OpenAIError as error:
            raise EngineFailure(
                format_lazy(
                    _("The model server did not answer well ({kind}). Check its address, model and log."),
                    kind=type(error).__name__,
                ),
                code="model_server_failed",
            ) from error
        yield Finished("stop", count)
