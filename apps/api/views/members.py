"""The documents inside an archive or a mail."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas, shapes
from apps.api.views.base import DoorView
from apps.api.views.knowledge import DOCUMENT, PAGE
from apps.api.views.schemas import operation
from sunmao.core.resolving import visible
from sunmao.jobs.turns import mark_positions
from sunmao.knowledge.selectors import members_of

AFTER = OpenApiParameter("after", OpenApiTypes.STR, description="`name` of the last one of the page before.")


class MembersView(DoorView):
    @operation("list_archive_members", gives={200: schemas.DocumentsSerializer}, parameters=[DOCUMENT, AFTER])
    def get(self, request: Request, document_id: str) -> Response:
        """Each with its state and its reason, by name; what is deeper stands inside these."""
        with self.scope():
            found = members_of(visible(self.actor, "document", document_id))
            after = request.query_params.get("after", "")
            page = list(found.filter(name__gt=after)[:PAGE] if after.isprintable() else [])
            mark_positions(one.job for one in page if one.job)
            return Response({"documents": [shapes.document(one) for one in page], "more": len(page) == PAGE})


__all__ = ["MembersView"]
