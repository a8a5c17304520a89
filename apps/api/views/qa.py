"""`POST /api/v1/qa`, as design document 003 §4.2.2 gives it, with citations and a record id besides."""

from __future__ import annotations

import time

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas
from apps.api.views.base import DoorView
from apps.api.views.schemas import operation
from apps.api.views.shapes import citation
from sunmao.answering import services
from sunmao.answering.presenting import labelled
from sunmao.core.errors import InvalidInput, SunmaoError
from sunmao.core.vertical import find_task

DEFAULT_TASK = "customer_service.ask"


class QaView(DoorView):
    """The base or vertical is the key's default scope."""

    @operation(
        "ask",
        takes=schemas.QaQuestionSerializer,
        gives={200: schemas.QaAnswerSerializer},
        refuses=schemas.ASKING,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        began = time.perf_counter()
        data = request.data if isinstance(request.data, dict) else {"query": None}
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
                **labelled(record),
            }
        )
