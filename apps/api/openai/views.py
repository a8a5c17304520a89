"""`/v1/chat/completions`, `/v1/embeddings` and `/v1/models`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.openai import catalogue, errors, schemas, shapes
from apps.api.openai.asked import Asked, read
from apps.api.openai.errors import Unsupported
from apps.api.openai.schemas import described
from apps.api.views.base import DoorView, check_characters
from sunmao.answering import following, services
from sunmao.answering.dialogue import embedding
from sunmao.answering.dialogue.services import ask_model, ask_task, calls_of
from sunmao.answering.services import AnswerRecord, Exchange
from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput, NotFound, SunmaoError

EVENT_STREAM = "text/event-stream"
# What a task decides itself, by its release: asking for it is refused rather than passed over.
OF_THE_RELEASE = {
    "tools": _("this model answers from knowledge and runs no functions of callers"),
    "stop": _("this model ends where its answer does"),
    "seed": _("this model has no seed"),
}


class OpenAiView(DoorView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_characters(request.data)

    def get_exception_handler(self) -> Callable[..., Any]:
        return errors.handle


class ModelsView(OpenAiView):
    @described("list_models", gives=schemas.ModelsSerializer)
    def get(self, request: Request) -> Response:
        """Tasks that may be asked, their releases, and the model itself for those who may talk to it."""
        catalogue.require(self.actor)
        return Response({"object": "list", "data": catalogue.listed(self.actor)})


class ModelView(OpenAiView):
    @described("show_model", gives=schemas.ModelSerializer, parameters=[schemas.MODEL_NAME])
    def get(self, request: Request, name: str) -> Response:
        """One of them by its name."""
        catalogue.require(self.actor)
        found = next((row for row in catalogue.listed(self.actor) if row["id"] == name), None)
        if found is None:
            raise NotFound(code="unknown_model", fields={"model": name})
        return Response(found)


class MissingView(OpenAiView):
    """An address below /v1/ that does not exist is told so in OpenAI's shape."""

    authentication_classes = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(code="unknown_address")


class EmbeddingsView(OpenAiView):
    @described("make_embeddings", takes=schemas.EmbeddingsAskedSerializer, gives=schemas.EmbeddingsSerializer)
    def post(self, request: Request) -> Response:
        """Vectors of texts by an encoder of the knowledge bases, made in a worker. Nothing of it is kept."""
        asked = embedding.checked(request.data)
        found = embedding.embed(actor=self.actor, asked=asked)
        rows = [
            {"object": "embedding", "index": place, "embedding": embedding.written(vector, asked.encoding)}
            for place, vector in enumerate(found.vectors)
        ]
        used = {"prompt_tokens": found.tokens, "total_tokens": found.tokens}
        return Response({"object": "list", "model": asked.model, "data": rows, "usage": used})


class ChatView(OpenAiView):
    @described("complete_chat", takes=schemas.ChatAskedSerializer, gives=schemas.CHAT)
    def post(self, request: Request) -> HttpResponseBase:
        """A task, a release of one, or the model itself answers a conversation.

        For a task the last user message is the question, earlier ones are what a follow-up refers to, and
        system messages are kept as data without effect (`sunmao.ignored` says so): the release's own prompt
        speaks to the model.
        """
        asked = read(request.data)
        if asked.user and self.actor.kind == "api_key" and not self.actor.on_behalf_of:
            self.actor = replace(self.actor, on_behalf_of=asked.user)
        exchange, ignored = self._ask(asked)
        if asked.stream:
            return _streamed(request, exchange, asked, ignored)
        record = services.wait(exchange=exchange)
        calls = calls_of(exchange)
        return Response(shapes.completion(record, model=asked.model, calls=calls, ignored=ignored))

    def _ask(self, asked: Asked) -> tuple[Exchange, list[str]]:
        catalogue.require(self.actor)
        with self.scope():
            chosen = catalogue.chosen(self.actor, asked.model)
        if chosen.definition is None:
            if asked.options:
                raise Unsupported("sunmao", _("a model itself reads no knowledge base"))
            return ask_model(actor=self.actor, given=asked.given), []
        _check_task(asked)
        data = {
            **asked.options,
            "temperature": asked.given.temperature,
            chosen.definition.screened: _last_word(asked),
        }
        ignored = sorted({"messages.system" for one in asked.given.messages if one.role == "system"})
        ignored += [name for name in ("max_tokens", "max_completion_tokens") if name in asked.chosen]
        try:
            exchange = ask_task(
                actor=self.actor,
                task_name=chosen.task,
                given=replace(asked.given, ignored=tuple(ignored)),
                data=data,
                release=chosen.release,
            )
        except SunmaoError as error:
            names = {chosen.definition.screened: "messages"}
            error.fields = {names.get(name, name): told for name, told in error.fields.items()}
            raise
        return exchange, ignored


def _check_task(asked: Asked) -> None:
    for name, why in OF_THE_RELEASE.items():
        if name in asked.chosen:
            raise Unsupported(name, why)
    if asked.given.schema is not None:
        raise Unsupported("response_format", _("this model answers in words, with its sources"))
    if any(one.images for one in asked.given.messages):
        raise Unsupported("messages", _("this model reads no pictures"))
    if any(one.calls or one.role == "tool" for one in asked.given.messages):
        raise Unsupported("messages", OF_THE_RELEASE["tools"])


def _last_word(asked: Asked) -> str:
    if asked.given.messages[-1].role != "user":
        raise InvalidInput(fields={"messages": _("must end with what the user says")})
    return asked.given.question


def _streamed(
    request: Request, exchange: Exchange, asked: Asked, ignored: list[str]
) -> StreamingHttpResponse:
    tenancy.give_back()  # the answer is read from the broker
    told = _Told(exchange, asked, ignored, translation.get_language() or "zh-hans")
    messages = told.as_they_come() if isinstance(request._request, ASGIRequest) else told.waiting()
    response = StreamingHttpResponse(messages, content_type=EVENT_STREAM)
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


class _Told:
    """An answer as a stream of chunks. A reader that goes away stops the engine."""

    def __init__(self, exchange: Exchange, asked: Asked, ignored: list[str], language: str) -> None:
        self._exchange, self._asked, self._ignored, self._language = exchange, asked, ignored, language
        self._chunks = shapes.Chunks(exchange_id=exchange.pk.hex, model=asked.model)

    async def as_they_come(self) -> AsyncIterator[str]:
        events = following.events(exchange=self._exchange)
        try:
            async for event in events:
                if event is None:
                    yield ": waiting\n\n"
                else:
                    for text in self._chunks.of(event):
                        yield text
        except SunmaoError as error:
            yield self._failed(error)
            return
        finally:
            await events.aclose()
        for text in await sync_to_async(self._last)():
            yield text

    def waiting(self) -> Iterator[str]:
        """For servers that give each request a thread."""
        ended = False
        try:
            for event in services.events(exchange=self._exchange):
                yield from self._chunks.of(event)
            ended = True
            yield from self._last()
        except SunmaoError as error:
            ended = True
            yield self._failed(error)
        finally:
            if not ended:
                services.stop(exchange=self._exchange)

    def _last(self) -> list[str]:
        try:
            with translation.override(self._language):
                record: AnswerRecord = services.finished(exchange=self._exchange)
                return list(self._chunks.last(record, ignored=self._ignored, with_usage=self._asked.usage))
        except SunmaoError as error:
            return [self._failed(error)]
        finally:
            connections.close_all()

    def _failed(self, error: SunmaoError) -> str:
        with translation.override(self._language):
            return shapes.message(errors.body(error))


__all__ = ["ChatView", "EmbeddingsView", "MissingView", "ModelView", "ModelsView"]
