"""What passages refer to, and turning it on for a base."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import object_of, truth_of
from apps.api.views.knowledge import PASSAGE, SLUG, UNKNOWN_BASE
from apps.api.views.schemas import PassageSerializer, Shape, operation
from sunmao.core.resolving import visible
from sunmao.knowledge.graph import extraction, walking
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.presenting import passage as passage_shape

BASE = "knowledge.base.read"


class ReferencesSerializer(Shape):
    active = serializers.BooleanField()
    complete = serializers.BooleanField(help_text="Every passage of before has been read as well.")
    references = serializers.IntegerField()
    entities = serializers.IntegerField()


class SwitchSerializer(Shape):
    active = serializers.BooleanField()


class NeighbourSerializer(Shape):
    relation = serializers.RegexField("^(refers_to|defined_in|referred_to_by)$")
    outgoing = serializers.BooleanField()
    passage = PassageSerializer()


class NeighboursSerializer(Shape):
    neighbours = NeighbourSerializer(many=True)


class ReferencesView(DoorView):
    @operation(
        "show_references", gives={200: ReferencesSerializer}, refuses={**UNKNOWN_BASE}, parameters=[SLUG]
    )
    def get(self, request: Request, slug: str) -> Response:
        self.actor.require(BASE)
        base = self.find("base", slug, permission=BASE)
        with self.scope():
            return Response(extraction.summary(actor=self.actor, base=base))

    @operation(
        "switch_references",
        takes=SwitchSerializer,
        gives={200: ReferencesSerializer},
        refuses={400: ("invalid_input",), **UNKNOWN_BASE},
        parameters=[SLUG],
        writes=True,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Turn on: a job reads the passages that are there. Turn off: what was read is forgotten."""
        self.actor.require(extraction.SWITCH)
        base = self.find("base", slug, permission=extraction.SWITCH)
        verb: Any = extraction.turn_on if truth_of(object_of(request.data), "active") else extraction.turn_off
        verb(actor=self.actor, base=base)
        with self.scope():
            return Response(extraction.state(base))


class NeighboursView(DoorView):
    @operation("list_neighbours", gives={200: NeighboursSerializer}, parameters=[PASSAGE])
    def get(self, request: Request, passage_id: str) -> Response:
        """What a passage refers to and what refers to it, in the newest version of its base."""
        with self.scope():
            passage = visible(self.actor, "passage", passage_id)
            base = passage.document.base
            found = walking.neighbours(actor=self.actor, pin=BaseVersion(base, base.version), passage=passage)
            return Response(
                {
                    "neighbours": [
                        {
                            "relation": one.relation,
                            "outgoing": one.outgoing,
                            "passage": passage_shape(one.passage),
                        }
                        for one in found
                    ]
                }
            )
