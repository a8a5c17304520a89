"""What people asked and nobody could answer, put together by what it is about."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas, shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, said_of, text_of
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.answering.mining import presenting, selectors, services
from sunmao.answering.mining.selectors import MANAGE
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible

PAGE = 100
STATES = ("open", "planned", "answered", "dismissed")
CLUSTER = path_id("cluster_id", "A cluster's id.")
STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=STATES, description="Only those in this state.")


class ClusterSerializer(Shape):
    id = serializers.UUIDField()
    label = serializers.CharField(  # type: ignore[assignment]  # a field of that name
        allow_blank=True, help_text="The question that stands for all."
    )
    task = serializers.CharField()
    state = serializers.RegexField("^(open|planned|answered|dismissed)$")
    note = serializers.CharField(allow_blank=True)
    size = serializers.IntegerField()
    recent = serializers.IntegerField(help_text="Asked in the last seven days.")
    before = serializers.IntegerField(help_text="Asked in the seven days before them.")
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    bases = serializers.ListField(child=serializers.CharField())
    answered_at = serializers.DateTimeField(allow_null=True)


class ClustersSerializer(Shape):
    clusters = ClusterSerializer(many=True)
    more = serializers.BooleanField()


class ClusteredQuestionSerializer(Shape):
    record_id = serializers.UUIDField()
    question = serializers.CharField(allow_blank=True)
    likeness = serializers.FloatField()
    asked_at = serializers.DateTimeField()


class ClusterWithQuestionsSerializer(ClusterSerializer):
    questions = ClusteredQuestionSerializer(many=True)


class DecisionSerializer(Shape):
    state = serializers.RegexField("^(open|planned|answered|dismissed)$")
    note = serializers.CharField(required=False, allow_blank=True, max_length=2_000)


class ClustersView(DoorView):
    @operation(
        "list_unanswered_clusters",
        gives={200: ClustersSerializer},
        refuses={400: ("invalid_input",)},
        parameters=[STATE],
    )
    def get(self, request: Request) -> Response:
        """The hundred largest clusters of questions that nobody could answer."""
        self.actor.require(MANAGE)
        state = request.query_params.get("state")
        if state is not None and state not in STATES:
            raise InvalidInput(fields={"state": _("must be open, planned, answered or dismissed")})
        with self.scope():
            found = selectors.clusters_visible_to(self.actor)
            if state is not None:
                found = found.filter(state=state)
            page = selectors.page(found, limit=PAGE + 1)
            shown = [presenting.cluster(one) for one in page[:PAGE]]
        return Response({"clusters": shown, "more": len(page) > PAGE})

    @operation(
        "cluster_unanswered",
        gives={202: schemas.JobSerializer},
        refuses={409: ("mining_under_way",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Queue a new clustering of all unanswered questions; it also runs every night."""
        return Response(shapes.job(services.request(actor=self.actor)), status=202)


class ClusterView(DoorView):
    @operation(
        "show_unanswered_cluster",
        gives={200: ClusterWithQuestionsSerializer},
        refuses={404: ("unknown_cluster",)},
        parameters=[CLUSTER],
    )
    def get(self, request: Request, cluster_id: str) -> Response:
        """A cluster with its questions, the likest to all first."""
        self.actor.require(MANAGE)
        with self.scope():
            found = visible(self.actor, "unanswered", cluster_id)
            asked = [presenting.question(one) for one in selectors.questions_of(found)]
            return Response({**presenting.cluster(found), "questions": asked})

    @operation(
        "decide_unanswered_cluster",
        takes=DecisionSerializer,
        gives={200: ClusterSerializer},
        refuses={404: ("unknown_cluster",), 413: ("too_long",)},
        parameters=[CLUSTER],
        writes=True,
    )
    def patch(self, request: Request, cluster_id: str) -> Response:
        """Say what becomes of it: open, planned, answered or dismissed, with a note for colleagues."""
        found = self.find("unanswered", cluster_id)
        given = object_of(request.data)
        note = said_of(given, {"note": str}).get("note")
        done = services.decide(actor=self.actor, found=found, state=text_of(given, "state"), note=note)
        with self.scope():
            return Response(presenting.cluster(done))
