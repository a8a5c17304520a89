"""A base's versions: who made them, what differs between two, going back; the days of a revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import object_of
from apps.api.views.knowledge import DOCUMENT, READ, SLUG, UNKNOWN_BASE
from apps.api.views.schemas import Shape, operation
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.knowledge import dating, rollback
from sunmao.knowledge.pins import existing_version
from sunmao.knowledge.selectors import changes_of, editions_of
from sunmao.knowledge.versions import presenting
from sunmao.knowledge.versions.dates import parse_dates
from sunmao.knowledge.versions.difference import changed_documents, compare

PAGE = 50
PASSAGES = 200
UNKNOWN_VERSION = {400: ("unknown_version", "invalid_input"), **UNKNOWN_BASE}


def _number(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.INT, description=description, required=required)


OLDER_THAN = _number("before", "The last `version` of the page before.")
FROM = _number("from", "The version to compare with; by default the one before `to`.")
TO = _number("to", "The version that is compared; by default the newest.")
OFFSET = _number("offset", "How many documents to leave out, for the next page.")
REVISION = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH, description="Its number.")


class BaseChangeSerializer(Shape):
    version = serializers.IntegerField()
    kind = serializers.CharField()
    made_by = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField()
    document_id = serializers.UUIDField(allow_null=True)
    document = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField(allow_null=True)
    restored = serializers.IntegerField(allow_null=True, help_text="The version that was gone back to.")
    added = serializers.IntegerField(help_text="Passages")
    removed = serializers.IntegerField(help_text="Passages")
    documents = serializers.IntegerField(help_text="In the base since then.")
    passages = serializers.IntegerField(help_text="In the base since then.")


class BaseChangesSerializer(Shape):
    version = serializers.IntegerField(help_text="The newest.")
    versions = BaseChangeSerializer(many=True)
    more = serializers.BooleanField()


class StandingSerializer(Shape):
    revision = serializers.IntegerField()
    effective_from = serializers.DateField(allow_null=True)
    effective_until = serializers.DateField(allow_null=True)


class DocumentDifferenceSerializer(Shape):
    document_id = serializers.UUIDField()
    document = serializers.CharField()
    state = serializers.RegexField("^(added|removed|changed)$")
    dates_changed = serializers.BooleanField()
    before = StandingSerializer(many=True)
    after = StandingSerializer(many=True)
    passages = serializers.DictField(child=serializers.IntegerField())


class BaseDifferenceSerializer(Shape):
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    documents = DocumentDifferenceSerializer(many=True)
    more = serializers.BooleanField()


class TextPieceSerializer(Shape):
    op = serializers.RegexField("^(same|removed|added)$")
    text = serializers.CharField()


class PassagePlaceSerializer(Shape):
    id = serializers.UUIDField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    heading_path = serializers.ListField(child=serializers.CharField())


class PassageDifferenceSerializer(Shape):
    state = serializers.RegexField("^(added|removed|changed)$")
    before = PassagePlaceSerializer(allow_null=True)
    after = PassagePlaceSerializer(allow_null=True)
    pieces = TextPieceSerializer(many=True)


class PassagesDifferenceSerializer(Shape):
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    document_id = serializers.UUIDField()
    passages = PassageDifferenceSerializer(many=True)
    more = serializers.BooleanField()


class GoingBackSerializer(Shape):
    version = serializers.IntegerField(min_value=0, help_text="The version to go back to.")


class WentBackSerializer(Shape):
    version = serializers.IntegerField(help_text="The newest version now.")
    restored = serializers.IntegerField()
    changed = serializers.BooleanField(help_text="False when the contents were the same already.")
    documents = serializers.IntegerField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class EditionSerializer(Shape):
    revision = serializers.IntegerField()
    title = serializers.CharField(allow_blank=True)
    effective_from = serializers.DateField(allow_null=True)
    effective_until = serializers.DateField(allow_null=True)
    applies = serializers.BooleanField()
    applies_from = serializers.DateField(allow_null=True)
    applies_until = serializers.DateField(allow_null=True)
    received_at = serializers.DateTimeField()


class EditionsSerializer(Shape):
    document_id = serializers.UUIDField()
    revisions = EditionSerializer(many=True)


class DaysInForceSerializer(Shape):
    effective_from = serializers.DateField(allow_null=True)
    effective_until = serializers.DateField(allow_null=True, help_text="The last day in force.")


class VersionsView(DoorView):
    @operation(
        "list_versions",
        gives={200: BaseChangesSerializer},
        refuses={400: ("invalid_input",), **UNKNOWN_BASE},
        parameters=[SLUG, OLDER_THAN],
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every change of a base, newest first: who made it, when, and what it holds since."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            found = changes_of(base)
            if (before := _asked(request, "before")) is not None:
                found = found.filter(version__lt=before)
            page = [presenting.change(one) for one in found[:PAGE]]
        return Response({"version": base.version, "versions": page, "more": len(page) == PAGE})


class DifferenceView(DoorView):
    @operation(
        "compare_versions",
        gives={200: BaseDifferenceSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, FROM, TO, OFFSET],
    )
    def get(self, request: Request, slug: str) -> Response:
        """The documents that differ between two versions of a base."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            before, after = _versions(request, base)
            offset = _asked(request, "offset") or 0
            page = list(changed_documents(base=base, before=before, after=after)[offset : offset + PAGE])
            found = compare(base=base, documents=page, before=before, after=after)
            shown = [presenting.document_difference(one) for one in found]
        more = len(page) == PAGE
        return Response({"before": before, "after": after, "documents": shown, "more": more})


class DocumentDifferenceView(DoorView):
    @operation(
        "compare_document",
        gives={200: PassagesDifferenceSerializer},
        refuses=UNKNOWN_VERSION,
        parameters=[SLUG, DOCUMENT, FROM, TO, OFFSET],
    )
    def get(self, request: Request, slug: str, document_id: str) -> Response:
        """The passages of a document that differ between two versions of its base, word by word."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            document = visible(self.actor, "document_of_any_version", document_id, base=base.slug)
            before, after = _versions(request, base)
            offset = _asked(request, "offset") or 0
            found = compare(base=base, documents=[document], before=before, after=after)
            pairs = found[0].passages[offset : offset + PASSAGES] if found else []
            shown = [presenting.passage_difference(pair) for pair in pairs]
        more = len(shown) == PASSAGES
        head = {"before": before, "after": after, "document_id": str(document.pk)}
        return Response({**head, "passages": shown, "more": more})


class RollbackView(DoorView):
    @operation(
        "roll_back_base",
        takes=GoingBackSerializer,
        gives={200: WentBackSerializer},
        refuses={**UNKNOWN_VERSION, 409: ("name_taken", "policy_changed")},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make an earlier version's contents those of a new one. Once more, it changes nothing."""
        self.actor.require(rollback.ROLL_BACK)
        base = self.find("base", slug, permission=rollback.ROLL_BACK)
        version = _fields(request.data, "version").get("version")
        if isinstance(version, bool) or not isinstance(version, int):
            raise InvalidInput(fields={"version": _("must be a whole number from 0")})
        done = rollback.roll_back(actor=self.actor, base=base, to=version)
        return Response(vars(done))


class EditionsView(DoorView):
    @operation("list_revisions", gives={200: EditionsSerializer}, parameters=[DOCUMENT])
    def get(self, request: Request, document_id: str) -> Response:
        """The revisions that stand in the newest version, and the days on which each applies."""
        with self.scope():
            document = visible(self.actor, "document", document_id)
            shown = [presenting.edition(one) for one in editions_of(document)]
        return Response({"document_id": str(document.pk), "revisions": shown})


class EditionView(DoorView):
    @operation(
        "date_revision",
        takes=DaysInForceSerializer,
        gives={200: EditionsSerializer},
        refuses={400: ("invalid_dates", "invalid_input"), 409: ("revision_replaced",)},
        parameters=[DOCUMENT, REVISION],
        writes=True,
    )
    def put(self, request: Request, document_id: str, number: int) -> Response:
        """Say on which days a revision is in force; the others of its document give way or come back."""
        document = self.find("document", document_id, permission=dating.DATE)
        given = _fields(request.data, "effective_from", "effective_until")
        dates = parse_dates(given.get("effective_from"), given.get("effective_until"))
        dating.set_dates(actor=self.actor, document=document, revision=number, dates=dates)
        with self.scope():
            shown = [presenting.edition(one) for one in editions_of(document)]
        return Response({"document_id": str(document.pk), "revisions": shown})


def _fields(data: Any, *names: str) -> Mapping[str, Any]:
    """The fields of a JSON body; one that nobody knows is refused."""
    given = object_of(data)
    if wrong := {str(name): _("is not a field of this request") for name in given if name not in names}:
        raise InvalidInput(fields=wrong)
    return given


def _asked(request: Request, name: str) -> int | None:
    """A whole number in the address; None when it is not there."""
    value = request.query_params.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise InvalidInput(fields={name: _("must be a whole number from 0")})
    return int(value)


def _versions(request: Request, base: Any) -> tuple[int, int]:
    after = _asked(request, "to")
    after = base.version if after is None else existing_version(base, after)
    before = _asked(request, "from")
    return max(after - 1, 0) if before is None else existing_version(base, before), after
