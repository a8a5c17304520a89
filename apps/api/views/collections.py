"""Examples that models make, into the draft of a data set: preferences of judges, traces of an engine."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import list_of, number_of, object_of, text_of, whole_of
from apps.api.views.schemas import JobSerializer, Shape, operation, path_id
from sunmao.core.resolving import visible
from sunmao.inference.registry import DEFAULT
from sunmao.training.runs import collecting, presenting, selectors
from sunmao.training.runs.selectors import START

PAGE = 100
ID = path_id("collection_id", "A collection's id.")


class NewCollectionSerializer(Shape):
    source = serializers.CharField(help_text="`judges` or `traces`.")  # type: ignore[assignment]  # a field of that name
    questions = serializers.CharField(
        help_text="An approved version of a data set of questions: its id, `set@3`, or the set's name."
    )
    dataset = serializers.CharField(help_text="The set whose draft gets the examples.")
    engine = serializers.CharField(required=False, help_text="Who answers.")
    adapter = serializers.CharField(required=False, help_text="A version of an adapter that is ready.")
    judges = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Of `judges` one decides alone, two or three debate.",
    )
    temperature = serializers.FloatField(required=False, help_text="0.9 unless it is given.")
    seed = serializers.IntegerField(required=False)


class CollectionSerializer(Shape):
    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    questions = serializers.CharField()
    dataset = serializers.CharField()
    settings = serializers.DictField()
    figures = serializers.DictField()
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class CollectionsSerializer(Shape):
    collections = CollectionSerializer(many=True)
    more = serializers.BooleanField()


class CollectionsView(DoorView):
    @operation("list_collections", gives={200: CollectionsSerializer})
    def get(self, request: Request) -> Response:
        """The newest hundred."""
        with self.scope():
            page = list(selectors.collections_visible_to(self.actor)[: PAGE + 1])
            shown = [presenting.collection(one) for one in page[:PAGE]]
        return Response({"collections": shown, "more": len(page) > PAGE})

    @operation(
        "start_collection",
        takes=NewCollectionSerializer,
        gives={202: CollectionSerializer},
        refuses={
            404: ("unknown_dataset", "unknown_dataset_version", "unknown_judge", "unknown_model"),
            409: ("dataset_not_approved", "dataset_wrong_kind", "adapter_not_usable"),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Queue a collection. What it makes waits in the draft for people, like every other example."""
        self.actor.require(START)
        given = object_of(request.data)
        with self.scope():
            questions = selectors.resolve_version(actor=self.actor, reference=text_of(given, "questions"))
        made = collecting.collect(
            actor=self.actor,
            source=text_of(given, "source"),
            questions=questions,
            dataset=self.find("dataset", text_of(given, "dataset"), permission=START),
            engine_name=text_of(given, "engine") or DEFAULT,
            adapter=text_of(given, "adapter"),
            judges=[str(one) for one in list_of(given, "judges", most=collecting.MOST_JUDGES)],
            temperature=number_of(given, "temperature", 0.9),
            seed=whole_of(given, "seed", 0),
        )
        with self.scope():
            return Response(presenting.collection(made), status=202)


class CollectionView(DoorView):
    @operation(
        "show_collection",
        gives={200: CollectionSerializer},
        refuses={404: ("unknown_training",)},
        parameters=[ID],
    )
    def get(self, request: Request, collection_id: str) -> Response:
        with self.scope():
            return Response(presenting.collection(visible(self.actor, "collection", collection_id)))


__all__ = ["CollectionView", "CollectionsView"]
