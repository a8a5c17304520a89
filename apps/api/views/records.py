from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas
from apps.api.views.base import DoorView
from apps.api.views.schemas import operation, path_id
from apps.api.views.shapes import task_result
from sunmao.answering.presenting import account
from sunmao.answering.selectors import opened, unanswered
from sunmao.core.resolving import visible


class RecordView(DoorView):
    """The whole account of one answer."""

    @operation(
        "show_record",
        gives={200: schemas.AccountSerializer},
        parameters=[path_id("record_id", "A record's id.")],
    )
    def get(self, request: Request, record_id: str) -> Response:
        with self.scope():
            return Response(account(visible(self.actor, "record", record_id)))


class UnansweredView(DoorView):
    """The newest hundred questions that nobody could answer."""

    @operation("list_unanswered", gives={200: schemas.TaskResultsSerializer})
    def get(self, request: Request) -> Response:
        with self.scope():
            newest = opened(unanswered(self.actor)[:100])
            return Response({"records": [task_result(record) for record in newest]})
