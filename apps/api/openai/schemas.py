"""What the OpenAPI schema says of `/v1/`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from apps.api.views.schemas import RETRY_AFTER, Shape

View = TypeVar("View", bound=Callable[..., Any])
STATUSES = (400, 401, 403, 404, 405, 406, 409, 413, 415, 429, 500, 502, 503)
MODEL_NAME = OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, description="A model's id.")
ERROR: dict[str, Any] = {
    "type": "object",
    "description": "A refusal as OpenAI's clients know it; `code` is one of this API's codes.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
            },
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}


class ModelSerializer(Shape):
    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    owned_by = serializers.CharField()


class ModelsSerializer(Shape):
    object = serializers.CharField()
    data = ModelSerializer(many=True)  # type: ignore[assignment]


class EmbeddingsAskedSerializer(Shape):
    model = serializers.CharField()
    input = serializers.JSONField(help_text="A text, or a list of texts.")
    encoding_format = serializers.RegexField("^(float|base64)$", required=False)


class EmbeddingsSerializer(Shape):
    object = serializers.CharField()
    model = serializers.CharField()
    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
    usage = serializers.DictField(child=serializers.IntegerField())


class ChatAskedSerializer(Shape):
    """As OpenAI describes it; what this API cannot do is refused by its name."""

    model = serializers.CharField(help_text="A task, a release such as customer_service.ask@3, or a model.")
    messages = serializers.ListField(child=serializers.DictField())
    stream = serializers.BooleanField(required=False)


class ChatSerializer(Shape):
    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField()
    model = serializers.CharField()
    choices = serializers.ListField(child=serializers.DictField())
    usage = serializers.DictField(child=serializers.IntegerField())
    sunmao = serializers.DictField(help_text="Record, citations, findings, label, and what was ignored.")


class TranscriptionAskedSerializer(Shape):
    file = serializers.FileField(help_text="A WAV file of at most 16 MiB and half an hour.")
    model = serializers.CharField()
    language = serializers.RegexField("^[a-z]{2,3}$", required=False)
    response_format = serializers.RegexField("^(json|text)$", required=False)


class TranscriptionSerializer(Shape):
    text = serializers.CharField(allow_blank=True)
    sunmao = serializers.DictField(help_text="The label: what a model wrote down.")


class SpeechAskedSerializer(Shape):
    model = serializers.CharField()
    input = serializers.CharField(max_length=4096)
    voice = serializers.CharField(required=False)
    speed = serializers.FloatField(required=False)
    response_format = serializers.RegexField("^wav$", required=False)


class ImagesAskedSerializer(Shape):
    model = serializers.CharField()
    prompt = serializers.CharField(max_length=4000)
    n = serializers.IntegerField(required=False, help_text="1 to 4.")
    size = serializers.RegexField("^([0-9]{1,5}x[0-9]{1,5}|auto)$", required=False)
    seed = serializers.IntegerField(required=False)
    response_format = serializers.RegexField("^b64_json$", required=False)


class ImagesSerializer(Shape):
    created = serializers.IntegerField()
    data = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]


_WORDS: dict[str, Any] = {"type": "string"}
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
TRANSCRIPTION: Mapping[Any, Any] = {
    (200, "application/json"): TranscriptionSerializer,
    (200, "text/plain"): _WORDS,
}
SPEECH: Mapping[Any, Any] = {(200, "audio/wav"): _FILE}
CHUNKS: dict[str, Any] = {"type": "string", "description": "Lines of `data:`; the last one is `[DONE]`."}
CHAT: Mapping[Any, Any] = {(200, "application/json"): ChatSerializer, (200, "text/event-stream"): CHUNKS}


def described(
    name: str, *, gives: Any, takes: Any = None, parameters: Sequence[OpenApiParameter] = ()
) -> Callable[[View], View]:
    """As `operation` does for the rest of the API, with refusals in OpenAI's shape."""
    responses: dict[Any, Any] = dict(gives) if isinstance(gives, Mapping) else {200: gives}
    refusals = {status: OpenApiResponse(ERROR) for status in STATUSES}

    def documented(view: View) -> View:
        decorated: View = extend_schema(
            operation_id=name,
            summary=name.replace("_", " ").capitalize(),
            description=inspect.cleandoc(view.__doc__ or name),
            request=takes,
            responses={**responses, **refusals},
            parameters=[*parameters, RETRY_AFTER],
        )(view)
        return decorated

    return documented


__all__ = ["described"]
