from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.shapes import task_result
from sunmao.answering.presenting import account
from sunmao.answering.selectors import unanswered, visible_record


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class RecordView(DoorView):
    """The whole account of one answer."""

    def get(self, request: Request, record_id: str) -> Response:
        with self.scope():
            return Response(account(visible_record(actor=self.actor, record_id=record_id)))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class UnansweredView(DoorView):
    """The newest hundred questions that nobody could answer."""

    def get(self, request: Request) -> Response:
        with self.scope():
            return Response({"records": [task_result(record) for record in unanswered(self.actor)[:100]]})
