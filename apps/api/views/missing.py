from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from sunmao.core.errors import NotFound


@extend_schema(exclude=True)
class MissingView(APIView):
    """An address below /api/ that does not exist is told so in JSON, not with a page."""

    authentication_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(code="unknown_address")
