"""Bases, documents, jobs and passages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import shapes
from apps.api.views.base import DoorView
from sunmao.core.errors import EmptyInput, InvalidInput, SunmaoError
from sunmao.jobs import services as jobs
from sunmao.knowledge import selectors, services
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.presenting import passage

PAGE = 100


@extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
class BasesView(DoorView):
    def get(self, request: Request) -> Response:
        self.actor.require("knowledge.base.read")
        with self.scope():
            return Response({"bases": [shapes.base(found) for found in bases_visible_to(self.actor)]})

    def post(self, request: Request) -> Response:
        data = request.data if isinstance(request.data, dict) else {}
        slug, name = str(data.get("slug", "")), str(data.get("name", ""))
        with self.scope():
            known = slug.isprintable() and bases_visible_to(self.actor).filter(slug=slug).exists()
        made = services.create_base(actor=self.actor, slug=slug, name=name)
        return Response(shapes.base(made), status=200 if known else 201)


@extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
class DocumentsView(DoorView):
    parser_classes = [MultiPartParser, JSONParser]

    def get(self, request: Request, slug: str) -> Response:
        self.actor.require("knowledge.document.read")
        with self.scope():
            base = selectors.visible_base(actor=self.actor, slug=slug)
            found = selectors.documents_visible_to(self.actor).filter(base=base)
            before = request.query_params.get("before")
            if before:
                found = found.filter(created_at__lt=_moment(before))
            page = list(found[:PAGE])
            return Response({"documents": [shapes.document(one) for one in page], "more": len(page) == PAGE})

    def post(self, request: Request, slug: str) -> Response:
        self.actor.require("knowledge.document.upload")
        with self.scope():
            base = selectors.visible_base(actor=self.actor, slug=slug)
        uploads: list[UploadedFile[bytes]] = request.FILES.getlist("file")
        if not uploads:
            raise EmptyInput(code="no_file", fields={"file": "multipart/form-data"})
        made = [self._receive(base, upload, alone=len(uploads) == 1) for upload in uploads]
        return Response({"documents": made}, status=202)

    def _receive(self, base: Any, upload: UploadedFile[bytes], *, alone: bool) -> dict[str, Any]:
        """One of several files may be refused: it says so, and the others are kept."""
        name = upload.name or ""
        try:
            received = services.receive(actor=self.actor, base=base, name=name, chunks=upload.chunks())
        except SunmaoError as error:
            if alone:
                raise
            return {"name": name, "outcome": "refused", "error": error.as_dict()}
        with self.scope():
            return {**shapes.document(received.document), "outcome": received.outcome}


def _moment(value: str) -> datetime:
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None or is_naive(found):
        raise InvalidInput(fields={"before": _("is not a time such as 2026-01-31T08:00:00Z")})
    return found


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class DocumentView(DoorView):
    def get(self, request: Request, document_id: str) -> Response:
        with self.scope():
            return Response(
                shapes.document(selectors.visible_document(actor=self.actor, document_id=document_id))
            )

    def delete(self, request: Request, document_id: str) -> Response:
        with self.scope():
            document = selectors.visible_document(actor=self.actor, document_id=document_id)
        services.delete_document(actor=self.actor, document=document)
        return Response(status=204)


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class JobView(DoorView):
    def get(self, request: Request, job_id: str) -> Response:
        with self.scope():
            return Response(shapes.job(selectors.visible_job(actor=self.actor, job_id=job_id)))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class JobActionView(DoorView):
    """`cancel` and `retry` act on the row at once."""

    def post(self, request: Request, job_id: str, action: str) -> Response:
        with self.scope():
            job = selectors.visible_job(actor=self.actor, job_id=job_id)
        verb = {"cancel": jobs.cancel, "retry": jobs.retry}[action]
        return Response(shapes.job(verb(actor=self.actor, job=job)))


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class PassageView(DoorView):
    def get(self, request: Request, passage_id: str) -> Response:
        with self.scope():
            return Response(passage(selectors.visible_passage(actor=self.actor, passage_id=passage_id)))
