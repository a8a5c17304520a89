"""The addresses of the bench, and one writing request: a key, a right, a changed row, perhaps an entry."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.config.urls import handler400, handler403, handler404, handler500
from sunmao.answering.models import Conversation
from sunmao.audit import services as audit
from sunmao.core.errors import NotFound

WITH, WITHOUT = "bench/write/with", "bench/write/without"


class WriteView(DoorView):
    """The least that a writing request does: one row under row-level security, changed and committed."""

    audited = True

    def post(self, request: Request) -> Response:
        self.actor.require("answering.task.run")
        given = dict(request.data)
        with self.scope():
            row = Conversation.objects.filter(pk=given["id"]).only("pk").first()
            if row is None:
                raise NotFound
            Conversation.objects.filter(pk=row.pk).update(vertical=given["title"])
            if self.audited:
                before, after = {"title": ""}, {"title": given["title"]}
                audit.record(actor=self.actor, verb="bench.written", subject=row, before=before, after=after)
        return Response(given)


urlpatterns = [
    path(WITH, WriteView.as_view()),
    path(WITHOUT, WriteView.as_view(audited=False)),
    path("", include("apps.config.bench.door.urls")),
]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
