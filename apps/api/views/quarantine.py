"""Passages that are held back because they look as if they gave orders to the model."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.knowledge import quarantine
from sunmao.knowledge.presenting import held_passage

PAGE = 100
PASSAGE = path_id("passage_id", "A held passage's id.")
ACTION = OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["release", "remove"])


class SuspicionSerializer(Shape):
    score = serializers.FloatField(required=False)
    rules = serializers.ListField(child=serializers.CharField(), required=False)
    carriers = serializers.ListField(child=serializers.CharField(), required=False)
    quote = serializers.CharField(required=False, allow_blank=True)
    policy = serializers.CharField(required=False)


class HeldPassageSerializer(Shape):
    id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    document = serializers.CharField()
    base = serializers.CharField()
    state = serializers.RegexField("^(held|released|removed)$")
    text = serializers.CharField()
    suspicion = SuspicionSerializer()


class HeldPassagesSerializer(Shape):
    passages = HeldPassageSerializer(many=True)


class QuarantineView(DoorView):
    @operation("list_quarantine", gives={200: HeldPassagesSerializer})
    def get(self, request: Request) -> Response:
        """The newest hundred passages that wait for a person."""
        with self.scope():
            waiting = quarantine.held_passages(self.actor).filter(quarantine="held", died=None)
            return Response({"passages": [held_passage(one) for one in waiting.order_by("-id")[:PAGE]]})


class QuarantineActionView(DoorView):
    @operation(
        "review_quarantine",
        gives={200: HeldPassageSerializer},
        refuses={409: ("already_reviewed",)},
        parameters=[PASSAGE, ACTION],
        writes=True,
    )
    def post(self, request: Request, passage_id: str, action: str) -> Response:
        """`release` lets questions read the passage, `remove` keeps it out for good."""
        passage = self.find("held_passage", passage_id)
        verb: Any = {"release": quarantine.release, "remove": quarantine.remove}[action]
        verb(actor=self.actor, passage=passage)
        return Response(held_passage(passage))
