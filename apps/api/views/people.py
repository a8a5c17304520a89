"""The rights of a person: everything about them in one file, and everything about them gone."""

from __future__ import annotations

import tempfile

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.access_shapes import Body
from apps.api.views.base import DoorView
from apps.api.views.schemas import Shape, operation
from sunmao.answering.people import services

ZIP = "application/zip"
IN_MEMORY = 4 * 1024 * 1024


class WantedPersonSerializer(Body):
    subject = serializers.CharField(
        max_length=220, help_text="`user:ID`, `api_key:ID`, `subject:NAME`, or a member's user name."
    )


class WantedExportSerializer(WantedPersonSerializer):
    reason = serializers.CharField(
        max_length=500,
        default="",
        help_text="Why placeholders are turned back into personal data; without one they stay placeholders.",
    )


class WantedErasureSerializer(WantedPersonSerializer):
    dry_run = serializers.BooleanField(default=False, help_text="Report, and change nothing.")
    with_documents = serializers.BooleanField(
        default=False, help_text="Also the documents that the person uploaded, from every version."
    )


class ErasedSerializer(Shape):
    what = serializers.CharField()
    count = serializers.IntegerField()


class KeptSerializer(ErasedSerializer):
    why = serializers.CharField()
    duty = serializers.CharField(allow_blank=True)
    until = serializers.DateTimeField(allow_null=True)


class ErasureSerializer(Shape):
    subject = serializers.CharField()
    dry_run = serializers.BooleanField()
    erased = ErasedSerializer(many=True)
    kept = KeptSerializer(many=True)
    keys_destroyed = serializers.IntegerField()
    erased_before = serializers.DateTimeField(allow_null=True)


class ZipRenderer(JSONRenderer):
    """Only lets `Accept: application/zip` through; errors are still JSON."""

    media_type = ZIP
    format = "zip"


class PersonExportView(DoorView):
    renderer_classes = [JSONRenderer, ZipRenderer]
    content_negotiation_class = DefaultContentNegotiation

    @operation(
        "export_person",
        takes=WantedExportSerializer,
        gives={(200, ZIP): OpenApiTypes.BINARY},
        refuses={403: ("beyond_own_rights",), 404: ("unknown_person",)},
        writes=True,
    )
    def post(self, request: Request) -> FileResponse:
        """A ZIP file of JSON files with a manifest. That it was exported is an entry in the audit log."""
        self.actor.require(services.EXPORT)
        wanted = WantedExportSerializer.of(request)
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  the response closes it
        services.export(actor=self.actor, to=file, **wanted)
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename="person.zip", content_type=ZIP)


class PersonErasureView(DoorView):
    @operation(
        "erase_person",
        takes=WantedErasureSerializer,
        gives={200: ErasureSerializer},
        refuses={403: ("beyond_own_rights",), 404: ("unknown_person",), 409: ("last_owner",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Erase a person; what a law makes the organisation keep is listed with its duty."""
        self.actor.require(services.ERASE)
        wanted = WantedErasureSerializer.of(request)
        return Response(services.erase(actor=self.actor, **wanted).as_dict())
