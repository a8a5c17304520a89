"""Bases, documents, jobs and passages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas, shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, texts_of
from apps.api.views.moments import moment
from apps.api.views.schemas import operation, path_id
from sunmao.answering.selectors import passage_read
from sunmao.core.errors import EmptyInput, InvalidInput, SunmaoError
from sunmao.core.resolving import visible
from sunmao.jobs import services as jobs
from sunmao.jobs.batches import batch
from sunmao.jobs.turns import mark_positions
from sunmao.knowledge import selectors, services
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.presenting import passage
from sunmao.knowledge.versions.dates import Dates, parse_dates

PAGE = 100
LIST, MAKE = "knowledge.base.read", "knowledge.base.create"
READ, UPLOAD = "knowledge.document.read", "knowledge.document.upload"
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="A base's name.")
DOCUMENT, JOB = path_id("document_id", "A document's id."), path_id("job_id", "A job's id.")
PASSAGE = path_id("passage_id", "A passage's id.")
RECORD = OpenApiParameter("record", OpenApiTypes.UUID, description="The record of the answer that read it.")
BEFORE = OpenApiParameter(
    "before", OpenApiTypes.DATETIME, description="`created_at` of the last document of the page before."
)
ACTION = OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["cancel", "retry"])
MEMBERS = OpenApiParameter(
    "members",
    OpenApiTypes.STR,
    enum=["remove", "keep"],
    description="Of an archive or a mail: whether the documents inside it go too (they do, if not said).",
)
UNKNOWN_BASE = {404: ("unknown_base",)}
NO_FILE = ("invalid_file_name", "no_file")
UNREADABLE = ("empty_file", "unreadable_file")


class BasesView(DoorView):
    @operation("list_bases", gives={200: schemas.KnowledgeBasesSerializer})
    def get(self, request: Request) -> Response:
        self.actor.require(LIST)
        with self.scope():
            return Response({"bases": [shapes.base(found) for found in bases_visible_to(self.actor, LIST)]})

    @operation(
        "make_base",
        takes=schemas.NewBaseSerializer,
        gives={200: schemas.KnowledgeBaseSerializer, 201: schemas.KnowledgeBaseSerializer},
        refuses={400: ("invalid_base_name",), **UNKNOWN_BASE},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Make a base; 200 when it exists already."""
        slug, name = texts_of(object_of(request.data), "slug", "name").values()
        with self.scope():
            known = slug.isprintable() and bases_visible_to(self.actor, MAKE).filter(slug=slug).exists()
        made = services.create_base(actor=self.actor, slug=slug, name=name)
        return Response(shapes.base(made), status=200 if known else 201)


class DocumentsView(DoorView):
    parser_classes = [MultiPartParser, JSONParser]

    @operation(
        "list_documents",
        gives={200: schemas.DocumentsSerializer},
        refuses={400: ("invalid_input",), **UNKNOWN_BASE},
        parameters=[SLUG, BEFORE],
    )
    def get(self, request: Request, slug: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            found = selectors.documents_visible_to(self.actor).filter(base=base)
            before = request.query_params.get("before")
            if before is not None:
                found = found.filter(created_at__lt=_moment(before))
            page = list(found[:PAGE])
            mark_positions(one.job for one in page if one.job)
            return Response({"documents": [shapes.document(one) for one in page], "more": len(page) == PAGE})

    @operation(
        "upload_documents",
        takes=schemas.UPLOAD,
        gives={202: schemas.ReceivedAllSerializer},
        refuses={
            400: (*NO_FILE, "invalid_dates"),
            413: ("file_too_large",),
            422: UNREADABLE,
            507: ("storage_full",),
            **UNKNOWN_BASE,
        },
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Keep files and queue their reading. Several may be sent; each has its own outcome."""
        self.actor.require(UPLOAD)
        base = self.find("base", slug, permission=UPLOAD)
        uploads: list[UploadedFile[bytes]] = request.FILES.getlist("file")
        if not uploads:
            raise EmptyInput(code="no_file", fields={"file": "multipart/form-data"})
        dates = parse_dates(*texts_of(object_of(request.data), "effective_from", "effective_until").values())
        with batch() as together:
            made = [self._receive(base, upload, dates, alone=len(uploads) == 1) for upload in uploads]
        return Response({"documents": made, "batch": str(together)}, status=202)

    def _receive(
        self, base: Any, upload: UploadedFile[bytes], dates: Dates, *, alone: bool
    ) -> dict[str, Any]:
        """One of several files may be refused: it says so, and the others are kept."""
        name = upload.name or ""
        try:
            received = services.receive(
                actor=self.actor,
                base=base,
                name=name,
                chunks=upload.chunks(),
                dates=dates,
                origin=services.Origin.API,
            )
        except SunmaoError as error:
            if alone:
                raise
            return {"name": name, "outcome": "refused", "error": error.as_dict()}
        with self.scope():
            return {**shapes.document(received.document), "outcome": received.outcome}


def _moment(value: str) -> datetime:
    found = moment(value)
    if found is None:
        raise InvalidInput(fields={"before": _("is not a time such as 2026-01-31T08:00:00Z")})
    return found


class DocumentView(DoorView):
    @operation("show_document", gives={200: schemas.DocumentSerializer}, parameters=[DOCUMENT])
    def get(self, request: Request, document_id: str) -> Response:
        with self.scope():
            found = visible(self.actor, "document", document_id)
            mark_positions([found.job] if found.job else [])
            return Response(shapes.document(found))

    @operation(
        "remove_document",
        gives={204: None},
        refuses={400: ("invalid_input",)},
        parameters=[DOCUMENT, MEMBERS],
        writes=True,
    )
    def delete(self, request: Request, document_id: str) -> Response:
        """Remove a document from its base's newest version, with what is inside it unless that is kept."""
        document = self.find("document", document_id, permission="knowledge.document.delete")
        wish = request.query_params.get("members", "remove")
        if wish not in ("remove", "keep"):
            raise InvalidInput(fields={"members": _("must be remove or keep")})
        services.delete_document(actor=self.actor, document=document, keep_members=wish == "keep")
        return Response(status=204)


class JobView(DoorView):
    @operation("show_job", gives={200: schemas.JobSerializer}, parameters=[JOB])
    def get(self, request: Request, job_id: str) -> Response:
        with self.scope():
            found = visible(self.actor, "job", job_id)
            mark_positions([found])
            return Response(shapes.job(found))


class JobActionView(DoorView):
    """`cancel` and `retry` act on the row at once."""

    @operation(
        "cancel_or_retry_job",
        gives={200: schemas.JobSerializer},
        refuses={409: ("job_ended", "job_not_failed")},
        parameters=[JOB, ACTION],
        writes=True,
    )
    def post(self, request: Request, job_id: str, action: str) -> Response:
        job = self.find("job", job_id, permission=f"jobs.job.{action}")
        verb = {"cancel": jobs.cancel, "retry": jobs.retry}[action]
        return Response(shapes.job(verb(actor=self.actor, job=job)))


class PassageView(DoorView):
    @operation("show_passage", gives={200: schemas.PassageSerializer}, parameters=[PASSAGE, RECORD])
    def get(self, request: Request, passage_id: str) -> Response:
        """What a citation leads to; `record` opens what an answer read after its document was removed."""
        record = request.query_params.get("record", "")
        with self.scope():
            found = passage_read(actor=self.actor, record_id=record, passage_id=passage_id)
            return Response(passage(found))
