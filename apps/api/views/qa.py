"""`POST /api/v1/qa`, as design document 003 §4.2.2 gives it, with citations and a record id besides."""

from __future__ import annotations

import time

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.shapes import citation
from sunmao.answering import services
from sunmao.core.errors import InvalidInput, SunmaoError
from sunmao.core.vertical import find_task

DEFAULT_TASK = "customer_service.ask"


class QaRequest(serializers.Serializer):  # type: ignore[type-arg]
    query = serializers.CharField(help_text="The question, at most 2,000 characters.")
    top_k = serializers.IntegerField(required=False, default=3, min_value=1, max_value=20)
    temperature = serializers.FloatField(required=False, default=0.7, min_value=0, max_value=2)


class QaResponse(serializers.Serializer):  # type: ignore[type-arg]
    answer = serializers.CharField()
    relevance_score = serializers.FloatField(help_text="0 to 1")
    response_time = serializers.FloatField(help_text="Seconds")
    citations = serializers.ListField(child=serializers.DictField())
    record_id = serializers.UUIDField()


class QaView(DoorView):
    """The base or vertical is the key's default scope."""

    @extend_schema(request=QaRequest, responses=QaResponse)
    def post(self, request: Request) -> Response:
        began = time.perf_counter()
        data = request.data if isinstance(request.data, dict) else {"query": request.data}
        task_name = self.actor.default_task or DEFAULT_TASK
        screened = find_task(task_name)[1].screened
        if screened in data:
            raise InvalidInput(fields={screened: _("is not a field of this task")})
        given = {"top_k": 3, "temperature": 0.7, **dict(data.items()), screened: data.get("query", "")}
        given.pop("query", None)
        try:
            exchange = services.ask(actor=self.actor, task_name=task_name, data=given)
        except SunmaoError as error:
            told = error.fields
            error.fields = {"query" if name == screened else name: told[name] for name in told}
            raise
        record = services.wait(exchange=exchange)
        return Response(
            {
                "answer": record.text,
                "relevance_score": record.relevance,
                "response_time": round(time.perf_counter() - began, 3),
                "citations": [citation(stored, request) for stored in record.citations],
                "record_id": str(record.pk),
            }
        )
