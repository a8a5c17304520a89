"""Every address of the product, and one view that does nothing, to measure what doing nothing costs."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.config.urls import handler400, handler403, handler404, handler500

BARE = "bench/bare"


class BareView(APIView):
    """REST framework alone, with the renderer of the API, behind the same middleware."""

    authentication_classes = []
    permission_classes = []
    renderer_classes = [JSONRenderer]

    def get(self, request: Request) -> Response:
        return Response({"bases": []})


urlpatterns = [path(BARE, BareView.as_view()), path("", include("apps.config.urls"))]

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
