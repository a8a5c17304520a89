"""Every address of the product, a view that does nothing, to measure what doing nothing costs, and one that
only writes an audit entry."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import include, path
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.views.base import DoorView
from apps.config.urls import handler400, handler403, handler404, handler500
from sunmao.audit import services as audit

BARE, AUDITED = "bench/bare", "bench/audited"


class BareView(APIView):
    """REST framework alone, with the renderer of the API, behind the same middleware."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []
    renderer_classes = [JSONRenderer]

    def get(self, request: Request) -> Response:
        return Response({"bases": []})


@dataclass(frozen=True)
class _Itself:
    pk: UUID


class AuditedView(DoorView):
    """What every writing request has besides its own work: key, permission, throttle, audit entry."""

    schema = None

    def post(self, request: Request) -> Response:
        self.actor.require("knowledge.base.create")
        with self.scope():
            audit.record(actor=self.actor, verb="base.created", subject=_Itself(self.actor.organisation_id))
        return Response({"bases": []})


urlpatterns = [
    path(BARE, BareView.as_view()),
    path(AUDITED, AuditedView.as_view()),
    path("", include("apps.config.urls")),
]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
