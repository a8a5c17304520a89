"""`/v1/audio/transcriptions`, `/v1/audio/speech` and `/v1/images/generations`."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.openai import schemas
from apps.api.openai.errors import Unsupported
from apps.api.openai.schemas import described
from apps.api.openai.views import OpenAiView
from apps.api.views.audit import WhateverIsAskedFor
from sunmao.answering.dialogue import media
from sunmao.core.errors import InvalidInput

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
MOST_PICTURES = 4


class TranscriptionsView(OpenAiView):
    content_negotiation_class = WhateverIsAskedFor
    parser_classes = [MultiPartParser]

    @described("transcribe_sound", takes=schemas.TranscriptionAskedSerializer, gives=schemas.TRANSCRIPTION)
    def post(self, request: Request) -> Response | HttpResponse:
        """What is said in a WAV file. Neither the recording nor the text is kept."""
        given = _object(request.data)
        data = {name: value for name, value in given.items() if not isinstance(value, UploadedFile)}
        form = _choice(data, "response_format", ("json", "text"))
        _neutral(data, ("model", "language", "response_format"), {"temperature": ("0", "0.0")})
        sent = request.FILES.get("file")
        if sent is None:
            raise InvalidInput(fields={"file": _("is missing")})
        language = _text(data, "language", longest=3, required=False)
        if language and not _LANGUAGE.fullmatch(language):
            raise InvalidInput(fields={"language": _("must be a code of two or three letters, such as en")})
        asked = media.Asked(
            ability="hears",
            model=_text(data, "model"),
            sound=sent.read(media.LARGEST_SOUND + 1),
            options={"language": language},
        )
        heard = media.make(actor=self.actor, asked=asked)
        if form == "text":
            return HttpResponse(heard.text, content_type="text/plain; charset=utf-8")
        return Response({"text": heard.text, "sunmao": dict(heard.label)})


class SpeechView(OpenAiView):
    content_negotiation_class = WhateverIsAskedFor

    @described("make_speech", takes=schemas.SpeechAskedSerializer, gives=schemas.SPEECH)
    def post(self, request: Request) -> HttpResponse:
        """A text, spoken: a WAV file that says in its metadata, and by a sign at its beginning, that it was
        made by a model."""
        data = _object(request.data)
        _neutral(data, ("model", "input", "voice", "speed", "response_format"), {"stream_format": ("audio",)})
        _choice(data, "response_format", ("wav",))
        speed = data.get("speed", 1.0)
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.25 <= speed <= 4:
            raise InvalidInput(fields={"speed": _("must be a number from 0.25 to 4")})
        asked = media.Asked(
            ability="speaks",
            model=_text(data, "model"),
            text=_text(data, "input", longest=media.LONGEST["speaks"]),
            options={"voice": _text(data, "voice", required=False), "speed": float(speed)},
        )
        given = media.make(actor=self.actor, asked=asked)
        return HttpResponse(given.data, content_type=given.media_type)


class ImagesView(OpenAiView):
    @described("make_pictures", takes=schemas.ImagesAskedSerializer, gives=schemas.ImagesSerializer)
    def post(self, request: Request) -> Response:
        """Pictures after a text, as base64: PNG files that say in their metadata, and in writing, that they
        were made by a model."""
        data = _object(request.data)
        neutral: Mapping[str, tuple[Any, ...]] = {
            "quality": ("auto", "standard"), "style": ("vivid",), "background": ("auto",),
            "moderation": ("auto",), "output_format": ("png",), "stream": (False,),
        }  # fmt: skip
        known = ("model", "prompt", "n", "size", "seed", "response_format", "user")
        _neutral(data, known, neutral)
        _choice(data, "response_format", ("b64_json",))
        asked = media.Asked(
            ability="draws",
            model=_text(data, "model"),
            text=_text(data, "prompt", longest=media.LONGEST["draws"]),
            options={**_size(data.get("size")), "seed": _whole(data, "seed", None, 2**63 - 1)},
        )
        pictures = []
        for number in range(_whole(data, "n", 1, MOST_PICTURES) or 1):
            given = media.make(actor=self.actor, asked=_next(asked, number))
            pictures.append({"b64_json": base64.b64encode(given.data).decode(), "sunmao": dict(given.label)})
        return Response({"created": int(time.time()), "data": pictures})


def _next(asked: media.Asked, number: int) -> media.Asked:
    """Of several pictures from one seed each has the next."""
    if number == 0 or asked.options["seed"] is None:
        return asked
    options = {**asked.options, "seed": asked.options["seed"] + number}
    return media.Asked(ability=asked.ability, model=asked.model, text=asked.text, options=options)


def _object(data: object) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("The input must be a JSON object."))
    return data


def _neutral(data: Mapping[str, Any], known: tuple[str, ...], neutral: Mapping[str, tuple[Any, ...]]) -> None:
    for name, value in data.items():
        if name in neutral:
            if value is not None and value not in neutral[name]:
                raise Unsupported(str(name), _("can only be left at its default"))
        elif name not in known:
            raise Unsupported(str(name), _("is not known here"))


def _choice(data: Mapping[str, Any], name: str, possible: tuple[str, ...]) -> str:
    value = data.get(name) or possible[0]
    if value not in possible:
        raise Unsupported(name, _("is a form that is not made here"))
    return str(value)


def _text(data: Mapping[str, Any], name: str, *, longest: int = 200, required: bool = True) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise InvalidInput(fields={name: _("must be a text, and not too long")})
    return value


def _whole(data: Mapping[str, Any], name: str, default: int | None, most: int) -> int | None:
    value = data.get(name)
    if value is None:
        return default
    least = 0 if default is None else 1
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(fields={name: _("is not a whole number within its limits")})
    return value


def _size(value: object) -> dict[str, int]:
    if value in (None, "auto"):
        return {}
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput(fields={"size": _("must be a width and a height in pixels, such as 512x512")})
    return {"width": int(found[1]), "height": int(found[2])}


__all__ = ["ImagesView", "SpeechView", "TranscriptionsView"]
