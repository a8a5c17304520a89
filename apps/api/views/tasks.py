"""`POST /api/v1/tasks/{vertical}/{task}`: the same call as the portal and the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.errors import body
from apps.api.views.base import DoorView
from apps.api.views.shapes import task_result
from sunmao.answering import services
from sunmao.core.errors import SunmaoError

EVENT_STREAM = "text/event-stream"


class EventStreamRenderer(BaseRenderer):
    """Only lets `Accept: text/event-stream` through; errors before the stream are still JSON."""

    media_type = EVENT_STREAM
    format = "events"
    charset = "utf-8"

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> bytes:
        return json.dumps(data, ensure_ascii=False).encode()


class TaskView(DoorView):
    renderer_classes = [JSONRenderer, EventStreamRenderer]
    content_negotiation_class = DefaultContentNegotiation

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    def post(self, request: Request, vertical: str, task: str) -> HttpResponseBase:
        exchange = services.ask(actor=self.actor, task_name=f"{vertical}.{task}", data=request.data)
        if request.accepted_media_type == EVENT_STREAM:
            events = stream(lambda: services.events(exchange=exchange), lambda: _result(exchange))
            response = StreamingHttpResponse(events, content_type=EVENT_STREAM)
            response["Cache-Control"] = "no-cache"
            response["X-Accel-Buffering"] = "no"
            return response
        return Response(task_result(services.wait(exchange=exchange)))


def _result(exchange: Any) -> dict[str, Any]:
    return task_result(services.finished(exchange=exchange))


def stream(events: Callable[[], Iterator[Any]], result: Callable[[], dict[str, Any]]) -> Iterator[str]:
    """Server-sent events: `step`, `token`, `citation`, `finding`, then `done` with the result, or `error`."""
    for event in events():
        if event.kind not in ("done", "failed"):
            yield message(event.kind, event.data, event.id)
    try:
        yield message("done", result())
    except SunmaoError as error:
        yield message("error", body(error))


def message(kind: str, data: dict[str, Any], event_id: str = "") -> str:
    lines = [f"id: {event_id}"] if event_id else []
    lines += [f"event: {kind}", f"data: {json.dumps(data, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n\n"
