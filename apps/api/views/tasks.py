"""`POST /api/v1/tasks/{vertical}/{task}`: the same call as the portal and the command line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.errors import body
from apps.api.views import contract_shapes, schemas
from apps.api.views.base import DoorView
from apps.api.views.schemas import operation
from apps.api.views.shapes import task_result
from sunmao.answering import following, running, services
from sunmao.core import tenancy
from sunmao.core.errors import SunmaoError
from sunmao.core.vertical import installed

EVENT_STREAM = "text/event-stream"
NAMES = [
    OpenApiParameter(
        "vertical", str, OpenApiParameter.PATH, enum=[vertical.slug for vertical in installed()]
    ),
    OpenApiParameter(
        "task",
        str,
        OpenApiParameter.PATH,
        enum=sorted({task.name for vertical in installed() for task in vertical.tasks}),
    ),
]


PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    enum=["respond-async"],
    description="Work that a worker does is answered at once, by 202 with its job.",
)
RESULT = PolymorphicProxySerializer(
    component_name="AnyTaskResult",
    serializers=[
        schemas.TaskResultSerializer,
        contract_shapes.ContractReviewResultSerializer,
        contract_shapes.ContractAnswerSerializer,
    ],
    resource_type_field_name=None,
)


class EventStreamRenderer(BaseRenderer):
    """Only lets `Accept: text/event-stream` through; errors before the stream are still JSON."""

    media_type = EVENT_STREAM
    format = "events"
    charset = "utf-8"

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode()


class TaskView(DoorView):
    parser_classes = [JSONParser, MultiPartParser]
    renderer_classes = [JSONRenderer, EventStreamRenderer]
    content_negotiation_class = DefaultContentNegotiation

    @operation(
        "run_task",
        takes=schemas.TaskQuestionSerializer,
        others=True,
        gives={
            (200, "application/json"): RESULT,
            (200, EVENT_STREAM): schemas.EVENT,
            202: contract_shapes.WorkAcceptedSerializer,
        },
        refuses=schemas.ASKING,
        parameters=[*NAMES, PREFER],
        writes=True,
    )
    def post(self, request: Request, vertical: str, task: str) -> HttpResponseBase:
        """A task that is no question to the knowledge base takes fields of its own, and a file by multipart.

        With `Prefer: respond-async` such work is answered at once, by 202 with its `job_id`.
        """
        work = running.start(
            actor=self.actor, task_name=f"{vertical}.{task}", data=fields_of(request), file=file_of(request)
        )
        if work is not None:
            return _told(request, work)
        exchange = services.ask(actor=self.actor, task_name=f"{vertical}.{task}", data=request.data)
        if request.accepted_media_type == EVENT_STREAM:
            tenancy.give_back()  # the answer is read from the broker
            in_asgi, language = isinstance(request._request, ASGIRequest), translation.get_language() or ""
            messages = as_it_comes(exchange, language) if in_asgi else stream(exchange)
            response = StreamingHttpResponse(messages, content_type=EVENT_STREAM)
            response["Cache-Control"] = "no-cache"
            response["X-Accel-Buffering"] = "no"
            return response
        return Response(task_result(services.wait(exchange=exchange)))


def fields_of(request: Request) -> Any:
    """The fields of a JSON body, or those of a form beside its file."""
    data: Any = request.data
    if not hasattr(data, "getlist"):
        return data
    return {
        name: data.getlist(name) if name == "focus" else data.get(name)
        for name in data
        if name not in request.FILES
    }


def file_of(request: Request) -> running.GivenFile | None:
    given = request.FILES.get("file") if request.FILES else None
    return running.GivenFile(given.name or "", given.chunks()) if given else None


def _told(request: Request, work: running.Work) -> HttpResponseBase:
    if "respond-async" in request.headers.get("Prefer", "").lower():
        return Response({"job_id": str(work.job.pk), **work.reference}, status=202)
    if request.accepted_media_type != EVENT_STREAM:
        return Response(work.wait())
    events = StreamingHttpResponse(iter([message("done", work.wait())]), content_type=EVENT_STREAM)
    events["Cache-Control"] = "no-cache"
    return events


def stream(exchange: services.Exchange) -> Generator[str]:
    """Server-sent events: `step`, `token`, `citation`, `finding`, then `done` with the result, or `error`.

    A reader that goes away stops the engine: nobody would read what it writes.
    """
    ended = False
    try:
        for event in services.events(exchange=exchange):
            if event.kind not in ("done", "failed"):
                yield message(event.kind, event.data, event.id)
        ended = True
        yield message("done", task_result(services.finished(exchange=exchange)))
    except SunmaoError as error:
        ended = True
        yield message("error", body(error))
    finally:
        if not ended:
            services.stop(exchange=exchange)


async def one_by_one(messages: Generator[str]) -> AsyncIterator[str]:
    """Each message when it is there: of an ordinary iterator Django would collect all before sending one."""

    def following_one() -> str | None:
        try:
            return next(messages, None)
        finally:
            connections.close_all()

    try:
        while (text := await sync_to_async(following_one)()) is not None:
            yield text
    finally:
        messages.close()


async def as_it_comes(exchange: services.Exchange, language: str) -> AsyncIterator[str]:
    """The same without a thread that waits; a comment line each second in which nothing came."""
    events = following.events(exchange=exchange)
    try:
        async for event in events:
            yield message(event.kind, event.data, event.id) if event else ": waiting\n\n"
    except SunmaoError as error:
        yield _refused(error, language)
        return
    finally:
        await events.aclose()
    yield await sync_to_async(_final)(exchange, language)


def _final(exchange: services.Exchange, language: str) -> str:
    try:
        with translation.override(language):
            return message("done", task_result(services.finished(exchange=exchange)))
    except SunmaoError as error:
        return _refused(error, language)
    finally:
        connections.close_all()


def _refused(error: SunmaoError, language: str) -> str:
    with translation.override(language):
        return message("error", body(error))


def message(kind: str, data: dict[str, Any], event_id: str = "") -> str:
    lines = [f"id: {event_id}"] if event_id else []
    lines += [f"event: {kind}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n\n"
