"""Parts that change what is asked: role, format, examples, pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure
from sunmao.inference.engine import ChatMessage, Engine, GenerationRequest, Image
from sunmao.inference.strategies.similarity import nearest
from sunmao.inference.strategies.told import Told
from sunmao.prompts.source import PromptSource

REMINDER = {"zh": "请严格按照下面的格式作答：", "en": "Keep exactly to this format:"}
SCHEMA = {"zh": "只输出符合此 JSON Schema 的 JSON：", "en": "Output only JSON that fits this JSON schema:"}


class NoImages(EngineFailure):
    code = "engine_without_images"
    default_message = _(
        "The engine cannot read images. Choose one that can: a vision model behind an OpenAI-compatible "
        "server, or a local vision-language model."
    )


def dressed(
    engine: Engine,
    request: GenerationRequest,
    prompt: PromptSource,
    steps: Mapping[str, Mapping[str, Any]],
    *,
    images: Sequence[Image],
    told: Told,
) -> GenerationRequest:
    if images and not engine.capabilities.images:
        raise NoImages
    messages = list(request.conversation)
    before: list[ChatMessage] = []
    if "role" in steps and (role := _said(prompt, "role")):
        before.append(ChatMessage(role="system", content=role))
    if "few_shot" in steps:
        before += _shown(prompt, request, steps["few_shot"], told)
    reminder, schema = _form(engine, prompt, steps)
    if not (before or reminder or images):
        return replace(request, schema=schema) if schema else request
    last = messages[-1]
    messages[-1] = replace(last, content=f"{last.content}{reminder}", images=(*last.images, *images))
    return replace(
        request,
        prompt=messages[-1].content,
        messages=(*before, *messages),
        schema=schema or request.schema,
    )


def _said(prompt: PromptSource, name: str) -> str:
    """A part that has variables of its own stands in the text, filled in, and is not said again."""
    text = prompt.section(name)
    return "" if "{{" in text else text


def _shown(
    prompt: PromptSource, request: GenerationRequest, options: Mapping[str, Any], told: Told
) -> list[ChatMessage]:
    """Earlier turns of the same conversation: the most similar example comes last, next to the question."""
    limit = int(options["examples"])
    if options["choice"] == "similar" and request.question:
        chosen = nearest(request.question, prompt.examples, limit=limit)
    else:
        chosen = list(prompt.examples[:limit])
    told.notes["examples"] = [prompt.examples.index(one) for one in chosen]
    turns: list[ChatMessage] = []
    for one in reversed(chosen):
        turns += [
            ChatMessage(role="user", content=one.input),
            ChatMessage(role="assistant", content=one.output),
        ]
    return turns


def _form(
    engine: Engine, prompt: PromptSource, steps: Mapping[str, Mapping[str, Any]]
) -> tuple[str, Mapping[str, Any] | None]:
    """The format once more at the end, where a model reads last; a schema is enforced where it can be."""
    given = prompt.front.get("schema")
    schema = given if isinstance(given, Mapping) else None
    parts = []
    if "format" in steps and (form := _said(prompt, "format")):
        parts.append(f"{REMINDER[prompt.language]}\n{form}")
    if schema and not engine.capabilities.schema:
        parts.append(f"{SCHEMA[prompt.language]}\n{json.dumps(schema, ensure_ascii=False)}")
    enforced = schema if schema and engine.capabilities.schema else None
    return "".join(f"\n\n{part}" for part in parts), enforced


__all__ = ["NoImages", "dressed"]
