"""The audit log: entries, the signed heads of its chain, and exports with their proof."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.moments import moment
from apps.api.views.schemas import Shape, operation, path_id
from apps.api.views.tasks import one_by_one
from sunmao.audit.exporting.formats import as_dict
from sunmao.audit.exporting.services import FORMATS, TYPES, export
from sunmao.audit.heads import head_of
from sunmao.audit.selectors import (
    READ,
    Filter,
    Place,
    entries,
    opened,
    place_of,
    status,
    visible_entry,
)
from sunmao.core.errors import InvalidInput

PAGE, AT_ONCE = 100, 500
LONGEST = 200


class OriginSerializer(Shape):
    address = serializers.CharField(required=False)
    agent = serializers.CharField(required=False)
    on_behalf_of = serializers.CharField(required=False)


class EntrySerializer(Shape):
    """`personal` and `origin` are empty once the person was erased."""

    id = serializers.UUIDField()
    time = serializers.DateTimeField()
    actor_kind = serializers.CharField()
    actor_id = serializers.UUIDField(allow_null=True)
    actor = serializers.CharField()
    origin = OriginSerializer()
    verb = serializers.CharField()
    what = serializers.CharField(help_text="The verb's name in the caller's language.")
    subject_kind = serializers.CharField()
    subject_id = serializers.CharField()
    detail = serializers.DictField()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField(allow_null=True)
    personal = serializers.DictField(allow_null=True)
    retention = serializers.CharField()
    request = serializers.CharField(allow_blank=True)


class PlaceSerializer(Shape):
    number = serializers.IntegerField(help_text="The entry's place in the chain.")
    seal = serializers.IntegerField()
    sealed_at = serializers.DateTimeField()
    hash = serializers.CharField(help_text="SHA-256 of the entry, in hexadecimal digits.")


class SealedEntrySerializer(EntrySerializer):
    chain = PlaceSerializer(allow_null=True, help_text="Null while the entry waits for its seal.")


class EntriesSerializer(Shape):
    entries = EntrySerializer(many=True)
    more = serializers.BooleanField(help_text="Ask again with `before` set to the last entry's `id`.")


class HeadSerializer(Shape):
    """`header` is what was signed with Ed25519; its SHA-256 is `hash`."""

    kind = serializers.CharField()
    organisation = serializers.UUIDField()
    number = serializers.IntegerField()
    last = serializers.IntegerField()
    hash = serializers.CharField()
    sealed_at = serializers.DateTimeField()
    header = serializers.CharField()
    key = serializers.CharField()
    public_key = serializers.CharField(allow_blank=True)
    signature = serializers.CharField()


class HeadsSerializer(Shape):
    heads = HeadSerializer(many=True)
    waiting = serializers.IntegerField(help_text="Entries that have no seal yet.")
    verified_at = serializers.DateTimeField(allow_null=True)
    sound = serializers.BooleanField(allow_null=True, help_text="What the last verification found.")


def _parameter(name: str, description: str, kind: Any = OpenApiTypes.STR, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, **more)


FILTERS = (
    _parameter("since", "From this time on.", OpenApiTypes.DATETIME),
    _parameter("until", "Before this time.", OpenApiTypes.DATETIME),
    _parameter("verb", "`key.created`, or `key.*` for all that begin so."),
    _parameter("actor", "An id, or `kind:id`, or `system`."),
    _parameter("subject", "An id, or `kind:id`."),
    _parameter("request", "A request's id."),
)


class EntriesView(DoorView):
    @operation(
        "list_audit_entries",
        gives={200: EntriesSerializer},
        refuses={400: ("invalid_input",)},
        parameters=[
            *FILTERS,
            _parameter("before", "The id of the last entry that was seen.", OpenApiTypes.UUID),
        ],
    )
    def get(self, request: Request) -> Response:
        """Newest first, a hundred at a time."""
        self.actor.require(READ)
        wanted, before = _filter(request), request.query_params.get("before")
        with self.scope():
            found = entries(self.actor, wanted)
            if before is not None:
                last = visible_entry(actor=self.actor, entry_id=before)
                found = found.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk)
            page = opened(found[: PAGE + 1], self.actor.organisation_id)
            told = [as_dict(entry) for entry in page[:PAGE]]
        return Response({"entries": told, "more": len(page) > PAGE})


class EntryView(DoorView):
    @operation(
        "show_audit_entry",
        gives={200: SealedEntrySerializer},
        parameters=[path_id("entry_id", "An entry's id.")],
    )
    def get(self, request: Request, entry_id: str) -> Response:
        """One entry with its place in the chain."""
        with self.scope():
            entry = visible_entry(actor=self.actor, entry_id=entry_id)
            return Response({**as_dict(entry), "chain": _place(place_of(entry))})


class HeadsView(DoorView):
    @operation("list_audit_heads", gives={200: HeadsSerializer})
    def get(self, request: Request) -> Response:
        """The signed head of this organisation's chain; keep it where nobody here can change it."""
        self.actor.require(READ)
        with self.scope():
            stands = status(self.actor)
        head = head_of(self.actor.organisation_id)
        return Response(
            {
                "heads": [head.as_dict()] if head else [],
                "waiting": stands.waiting,
                "verified_at": stands.verified_at.isoformat() if stands.verified_at else None,
                "sound": stands.verified.get("sound") if stands.verified else None,
            }
        )


class WhateverIsAskedFor(DefaultContentNegotiation):
    """The parameter `format` chooses, not the header, and not the framework's meaning of that name."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ExportView(DoorView):
    content_negotiation_class = WhateverIsAskedFor

    @operation(
        "export_audit_log",
        gives={
            (200, media): OpenApiTypes.STR for media in ("application/x-ndjson", "text/csv", "text/plain")
        },
        refuses={400: ("invalid_input",)},
        parameters=[*FILTERS, _parameter("format", "What to write.", enum=FORMATS, default="jsonl")],
        writes=True,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The log in the order of its chain, as a file; that it was exported is itself an entry.

        `jsonl` carries the seals and can be verified offline (`audit verify --file`).
        """
        form = request.query_params.get("format", "jsonl")
        if form not in FORMATS:
            raise InvalidInput(fields={"format": _("must be jsonl, csv or syslog")})
        lines = export(actor=self.actor, form=form, wanted=_filter(request))
        blocks = _blocks(lines)
        paced = one_by_one(blocks) if isinstance(request._request, ASGIRequest) else blocks
        response = StreamingHttpResponse(paced, content_type=TYPES[form])
        response["Content-Disposition"] = f'attachment; filename="audit.{_ENDINGS[form]}"'
        return response


_ENDINGS = {"jsonl": "jsonl", "csv": "csv", "syslog": "log"}


def _blocks(lines: Iterator[str]) -> Generator[str]:
    while block := "".join(f"{line}\n" for line in islice(lines, AT_ONCE)):
        yield block


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "number": place.number,
        "seal": place.seal,
        "sealed_at": place.sealed_at.isoformat(),
        "hash": place.hash,
    }


def _filter(request: Request) -> Filter:
    given = request.query_params
    texts = {name: given.get(name, "") for name in ("verb", "actor", "subject", "request")}
    for name, text in texts.items():
        if len(text) > LONGEST or not text.isprintable():
            raise InvalidInput(fields={name: _("is not something that entries have")})
    return Filter(since=_moment(given, "since"), until=_moment(given, "until"), **texts)


def _moment(given: Any, name: str) -> datetime | None:
    text = given.get(name)
    if text is None:
        return None
    found = moment(text)
    if found is None:
        raise InvalidInput(fields={name: _("must be a time with its zone, such as 2026-01-31T08:00:00Z")})
    return found
