"""Hints on a base: what is there twice, what differs, what has grown old."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import shapes
from apps.api.views.base import DoorView
from apps.api.views.knowledge import DOCUMENT, SLUG, UNKNOWN_BASE
from apps.api.views.schemas import DocumentSerializer, JobSerializer, Shape, operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.knowledge.hints import selectors, services
from sunmao.knowledge.hints.selectors import READ, SETTLE, as_dict

PAGE = 100
HINT = path_id("hint_id", "A hint's id.")
ACTION = OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["dismiss", "reopen"])
STATES = ("open", "dismissed", "gone")
KINDS = ("near_duplicate", "contradiction", "ended", "unreviewed", "repealed")
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=STATES, description="Open ones by default.")
KIND = OpenApiParameter("kind", OpenApiTypes.STR, enum=KINDS, description="Of this kind alone.")


class HintedPassageSerializer(Shape):
    id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    document = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    text = serializers.CharField()


class HintSerializer(Shape):
    id = serializers.UUIDField()
    base = serializers.CharField()
    kind = serializers.CharField()
    rule = serializers.CharField()
    state = serializers.RegexField("^(open|dismissed|gone)$")
    why = serializers.CharField(help_text="The finding in a sentence.")
    score = serializers.FloatField()
    values = serializers.DictField()
    document_id = serializers.UUIDField()
    document = serializers.CharField()
    passage = HintedPassageSerializer(allow_null=True)
    other = HintedPassageSerializer(allow_null=True)
    found_in = serializers.IntegerField(help_text="The version of the base in which it was first seen.")
    created_at = serializers.DateTimeField()


class HintsSerializer(Shape):
    hints = HintSerializer(many=True)
    more = serializers.BooleanField()


class HintsView(DoorView):
    @operation(
        "list_hints",
        gives={200: HintsSerializer},
        refuses={400: ("invalid_input",), **UNKNOWN_BASE},
        parameters=[SLUG, STATE, KIND],
    )
    def get(self, request: Request, slug: str) -> Response:
        """What somebody should look at in a base. A hint changes nothing by itself."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            state, kind = _chosen(request, "state", STATES), _chosen(request, "kind", KINDS)
            found = selectors.hints_visible_to(self.actor).filter(base=base, state=state or "open")
            found = found.filter(kind=kind) if kind else found
            page = [as_dict(hint) for hint in found[:PAGE]]
        return Response({"hints": page, "more": len(page) == PAGE})

    @operation(
        "look_base_through",
        gives={202: JobSerializer},
        refuses={409: ("looking_under_way",), **UNKNOWN_BASE},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Queue a look through the base."""
        self.actor.require(SETTLE)
        base = self.find("base", slug, permission=SETTLE)
        return Response(shapes.job(services.request(actor=self.actor, base=base)), status=202)


def _chosen(request: Request, name: str, choices: Collection[str]) -> str | None:
    value = request.query_params.get(name)
    if value is not None and value not in choices:
        raise InvalidInput(fields={name: _("is not one of the choices")})
    return value


class HintActionView(DoorView):
    @operation(
        "settle_hint",
        gives={200: HintSerializer},
        refuses={409: ("hint_settled",)},
        parameters=[HINT, ACTION],
        writes=True,
    )
    def post(self, request: Request, hint_id: str, action: str) -> Response:
        """`dismiss`: not shown again while both texts are what they are. `reopen`: shown again."""
        self.actor.require(SETTLE)
        hint = self.find("hint", hint_id, permission=SETTLE)
        verb: Any = {"dismiss": services.dismiss, "reopen": services.reopen}[action]
        verb(actor=self.actor, hint=hint)
        return Response(as_dict(hint))


class ReviewView(DoorView):
    @operation("mark_reviewed", gives={200: DocumentSerializer}, parameters=[DOCUMENT], writes=True)
    def post(self, request: Request, document_id: str) -> Response:
        """Say that somebody has looked at the document and found it right."""
        self.actor.require(SETTLE)
        document = self.find("document", document_id, permission=SETTLE)
        services.mark_reviewed(actor=self.actor, document=document)
        with self.scope():
            return Response(shapes.document(visible(self.actor, "document", document_id, permission=SETTLE)))
