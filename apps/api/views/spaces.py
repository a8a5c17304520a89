"""Which encoder's vectors a base is searched by, and changing them."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas, shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, said_of, text_of
from apps.api.views.knowledge import SLUG, UNKNOWN_BASE
from apps.api.views.schemas import Shape, operation
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.presenting import space_shape


class SpaceSerializer(Shape):
    id = serializers.UUIDField()
    state = serializers.RegexField("^(filling|serving|kept)$")
    medium = serializers.RegexField("^(text|picture)$")
    language = serializers.CharField(allow_blank=True, help_text="Of the passages in it; empty: all.")
    encoder = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    revision = serializers.CharField(allow_blank=True)
    dimensions = serializers.IntegerField()
    normalisation = serializers.CharField()
    vectors = serializers.IntegerField()
    indexed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    served_at = serializers.DateTimeField(allow_null=True)


class SpacesSerializer(Shape):
    spaces = SpaceSerializer(many=True)


class NewSpaceSerializer(Shape):
    encoder = serializers.CharField(
        max_length=300, required=False, help_text="minilm, st:PATH-OR-ID or openai:MODEL."
    )
    back = serializers.BooleanField(required=False, help_text="To the vectors of before; no encoder then.")
    language = serializers.CharField(required=False, allow_blank=True, help_text="en, zh, or empty for all.")
    pictures = serializers.BooleanField(required=False, help_text="Of the pictures of the base.")


class SpacesView(DoorView):
    @operation("list_spaces", gives={200: SpacesSerializer}, refuses={**UNKNOWN_BASE}, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        """The vectors that serve the base, those being made, and those kept for going back."""
        self.actor.require(spaces.READ)
        base = self.find("base", slug, permission=spaces.READ)
        with self.scope():
            found = spaces.spaces_of(actor=self.actor, base=base)
            return Response({"spaces": [space_shape(one) for one in found]})

    @operation(
        "change_encoder",
        takes=NewSpaceSerializer,
        gives={202: schemas.JobSerializer},
        refuses={
            400: (
                "unknown_encoder",
                "encoder_not_configured",
                "encoder_language",
                "encoder_sees_nothing",
                "invalid_input",
            ),
            409: ("reembedding_under_way", "encoder_in_use"),
            404: ("no_kept_vectors", "unknown_base"),
        },
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Queue vectors of another encoder. Questions keep the present ones until all are there."""
        self.actor.require(spaces.REBUILD)
        base = self.find("base", slug, permission=spaces.REBUILD)
        given = object_of(request.data)
        if given.get("back") is True:
            return Response(shapes.job(spaces.go_back(actor=self.actor, base=base)), status=202)
        encoder = text_of(given, "encoder", required=True)
        language = said_of(given, {"language": str}).get("language")
        medium = spaces.Medium.PICTURE if given.get("pictures") is True else spaces.Medium.TEXT
        job = spaces.reembed(actor=self.actor, base=base, encoder=encoder, language=language, medium=medium)
        return Response(shapes.job(job), status=202)
