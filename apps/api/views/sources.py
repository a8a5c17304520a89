"""Pages, lists of pages and folders that documents come from by themselves."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import LARGEST, object_of, said_of
from apps.api.views.schemas import JobErrorSerializer, JobSerializer, Shape, operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.knowledge.sources import presenting, selectors, services
from sunmao.knowledge.sources.models import EntryState, Outcome, SourceKind, SourceState

READ, MANAGE = selectors.READ, services.MANAGE
PAGE = 100
SOURCE = path_id("source_id", "A source's id.")
ACTION = OpenApiParameter(
    "action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["refresh", "pause", "resume"]
)
BASE = OpenApiParameter("base", OpenApiTypes.STR, description="Only those of this base.")
AFTER = OpenApiParameter("offset", OpenApiTypes.INT, description="How many entries to leave out.")
WITH_DOCUMENTS = OpenApiParameter(
    "documents", OpenApiTypes.STR, enum=["keep", "remove"], description="What becomes of its documents."
)
REFUSED = (
    "invalid_source", "invalid_url", "forbidden_address", "credentials_in_address", "folder_not_allowed",
    "duplicate_source",
)  # fmt: skip


class NewSourceSerializer(Shape):
    base = serializers.CharField(help_text="A base's name.")
    kind = serializers.ChoiceField(SourceKind.values)
    address = serializers.CharField(help_text="A URL, or a folder that the operator has opened.")
    every_minutes = serializers.IntegerField(required=False, min_value=0, help_text="0: only when asked.")
    limit = serializers.IntegerField(required=False, min_value=1, help_text="Most pages or files.")
    removes = serializers.BooleanField(
        required=False, help_text="Whether documents go when their page or file is gone."
    )


class ChangesSerializer(Shape):
    every_minutes = serializers.IntegerField(required=False, min_value=0)
    limit = serializers.IntegerField(required=False, min_value=1)
    removes = serializers.BooleanField(required=False)


class SourceSerializer(Shape):
    id = serializers.UUIDField()
    base = serializers.CharField()
    kind = serializers.ChoiceField(SourceKind.values)
    address = serializers.CharField()
    every_minutes = serializers.IntegerField()
    limit = serializers.IntegerField()
    removes = serializers.BooleanField()
    state = serializers.ChoiceField(SourceState.values)
    outcome = serializers.ChoiceField(["never", *filter(None, Outcome.values)])
    error = JobErrorSerializer(allow_null=True)
    result = serializers.DictField()
    entries = serializers.IntegerField()
    failed = serializers.IntegerField()
    job = JobSerializer(allow_null=True)
    looked_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SourcesSerializer(Shape):
    sources = SourceSerializer(many=True)


class SourceEntrySerializer(Shape):
    id = serializers.UUIDField()
    address = serializers.CharField()
    state = serializers.ChoiceField(sorted({*EntryState.values, "ready", "queued", "running", "cancelled"}))
    error = JobErrorSerializer(allow_null=True)
    document_id = serializers.UUIDField(allow_null=True)
    document = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)


class SourceEntriesSerializer(Shape):
    entries = SourceEntrySerializer(many=True)
    more = serializers.BooleanField()


TYPES: dict[str, type] = {
    "base": str, "kind": str, "address": str, "every_minutes": int, "limit": int, "removes": bool,
}  # fmt: skip
CHANGEABLE = ("every_minutes", "limit", "removes")


class SourcesView(DoorView):
    @operation(
        "list_sources",
        gives={200: SourcesSerializer},
        refuses={404: ("unknown_base",)},
        parameters=[BASE],
    )
    def get(self, request: Request) -> Response:
        self.actor.require(READ)
        with self.scope():
            found = selectors.sources_visible_to(self.actor)
            if (slug := request.query_params.get("base")) is not None:
                found = found.filter(base=visible(self.actor, "base", slug, permission=READ))
            return Response({"sources": [presenting.source(one) for one in found]})

    @operation(
        "add_source",
        takes=NewSourceSerializer,
        gives={201: SourceSerializer},
        refuses={400: REFUSED, 404: ("unknown_base",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Keep a source and look at it at once; `job` says how far that is."""
        self.actor.require(MANAGE)
        given = {"base": "", "kind": "", "address": "", **said_of(object_of(request.data), TYPES)}
        base = self.find("base", given.pop("base"), permission=MANAGE)
        made = services.add(actor=self.actor, base=base, **given)
        return Response(_shown(self, made.pk), status=201)


def _shown(view: DoorView, source_id: object) -> dict[str, Any]:
    with view.scope():
        return presenting.source(visible(view.actor, "source", source_id, permission=MANAGE))


class SourceView(DoorView):
    @operation("show_source", gives={200: SourceSerializer}, parameters=[SOURCE])
    def get(self, request: Request, source_id: str) -> Response:
        with self.scope():
            return Response(presenting.source(visible(self.actor, "source", source_id, permission=READ)))

    @operation(
        "change_source",
        takes=ChangesSerializer,
        gives={200: SourceSerializer},
        parameters=[SOURCE],
        writes=True,
    )
    def patch(self, request: Request, source_id: str) -> Response:
        """How often it is looked at, how much it may bring, and whether what is gone goes."""
        source = self.find("source", source_id, permission=MANAGE)
        changes = said_of(object_of(request.data), {name: TYPES[name] for name in CHANGEABLE})
        services.change(actor=self.actor, source=source, **changes)
        return Response(_shown(self, source.pk))

    @operation("remove_source", gives={204: None}, parameters=[SOURCE, WITH_DOCUMENTS], writes=True)
    def delete(self, request: Request, source_id: str) -> Response:
        """Its documents stay, or are removed first by a job."""
        source = self.find("source", source_id, permission=MANAGE)
        with_documents = request.query_params.get("documents") == "remove"
        services.remove(actor=self.actor, source=source, with_documents=with_documents)
        return Response(status=204)


class SourceActionView(DoorView):
    @operation(
        "steer_source",
        gives={200: SourceSerializer},
        refuses={409: ("source_busy", "source_not_active", "source_not_paused")},
        parameters=[SOURCE, ACTION],
        writes=True,
    )
    def post(self, request: Request, source_id: str, action: str) -> Response:
        """`refresh` looks now, `pause` stops looking by plan, `resume` goes on."""
        source = self.find("source", source_id, permission=MANAGE)
        verb: Any = {"refresh": services.refresh, "pause": services.pause, "resume": services.resume}[action]
        verb(actor=self.actor, source=source)
        return Response(_shown(self, source.pk))


class EntriesView(DoorView):
    @operation(
        "list_entries_of_source",
        gives={200: SourceEntriesSerializer},
        refuses={400: ("invalid_input",)},
        parameters=[SOURCE, AFTER],
    )
    def get(self, request: Request, source_id: str) -> Response:
        """A hundred entries with their states and reasons, those with a problem first."""
        offset = request.query_params.get("offset", "0")
        if not (offset.isascii() and offset.isdigit() and int(offset[:10]) <= LARGEST and len(offset) <= 10):
            raise InvalidInput(fields={"offset": _("must be a whole number")})
        with self.scope():
            source = visible(self.actor, "source", source_id, permission=READ)
            page = list(selectors.entries_of(source)[int(offset) : int(offset) + PAGE + 1])
            shown = [presenting.entry(one) for one in page[:PAGE]]
            return Response({"entries": shown, "more": len(page) > PAGE})
