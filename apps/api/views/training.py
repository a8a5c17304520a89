"""Trainings: what would be done, start, follow, cancel, resume, export, search for settings."""

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
from apps.api.views.given import number_of, object_of, text_of, whole_of
from apps.api.views.schemas import JobSerializer, Shape, operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.training.runs import exporting, presenting, selectors, starting, sweeping
from sunmao.training.runs.selectors import CANCEL, READ, START
from sunmao.training.runs.starting import Wanted

PAGE = 100
ID = path_id("training_id", "A training's id.")
SWEEP = path_id("sweep_id", "The id of a search for settings.")
UNKNOWN = ("unknown_training",)
NAMED = ("unknown_model", "unknown_dataset_version")
STARTED_WITH = (*NAMED, "unknown_judge")
NOT_READY = ("training_no_examples", "dataset_not_approved", "dataset_wrong_kind", "model_not_ready")
NOT_STARTED = (*NOT_READY, "training_too_big", "judge_not_confirmed")


class WantedTrainingSerializer(Shape):
    name = serializers.CharField(help_text="What the adapter will be called.")
    base_model = serializers.CharField(help_text="Its id or name.")
    version = serializers.CharField(
        help_text="An approved version of a data set: its id, `set@3`, or the set's name for its newest one."
    )
    objective = serializers.CharField(required=False, help_text="`sft` unless it is given.")
    settings = serializers.DictField(
        required=False, help_text="Whatever is not given is chosen, with its reason."
    )
    general = serializers.CharField(required=False, help_text="Examples that must not be forgotten.")
    replay = serializers.FloatField(
        required=False, help_text="The share of general examples among what is learnt, 0 to 0.9."
    )


class TrainingReasonSerializer(Shape):
    setting = serializers.CharField()
    value = serializers.JSONField()
    reason = serializers.CharField()


class TrainingMemorySerializer(Shape):
    base = serializers.IntegerField()
    learning = serializers.IntegerField()
    activations = serializers.IntegerField()
    logits = serializers.IntegerField()
    memory = serializers.IntegerField(help_text="What there is, in bytes; 0 where nobody knows.")
    total = serializers.IntegerField()
    fits = serializers.BooleanField()


class TrainingProposalSerializer(Shape):
    settings = serializers.DictField()
    reasons = TrainingReasonSerializer(many=True)
    memory = TrainingMemorySerializer()


class TrainingRowSerializer(Shape):
    measure = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)


class TrainingErrorSerializer(Shape):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField()  # type: ignore[assignment]  # a field of that name


class TrainingSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.RegexField("^(waiting|running|stopped|done|failed)$")
    base_model = serializers.CharField()
    dataset = serializers.CharField()
    dataset_version = serializers.IntegerField()
    recipe = serializers.CharField()
    objective = serializers.CharField()
    settings = serializers.DictField()
    reasons = TrainingReasonSerializer(many=True)
    memory = serializers.DictField()
    replay = serializers.FloatField()
    step = serializers.IntegerField()
    steps = serializers.IntegerField()
    checkpoint = serializers.IntegerField(allow_null=True)
    metric = serializers.CharField(allow_blank=True)
    best = serializers.FloatField(allow_null=True)
    best_step = serializers.IntegerField()
    table = TrainingRowSerializer(many=True)
    forgetting = serializers.FloatField(
        allow_null=True, help_text="How much the perplexity of general examples rose, as a share."
    )
    must_retrain = serializers.BooleanField(
        help_text="Somebody's examples left the version of the data set that it learnt from."
    )
    told = serializers.DictField()
    error = TrainingErrorSerializer(allow_null=True)
    adapter_version = serializers.CharField(allow_null=True)
    made_base = serializers.CharField(allow_null=True)
    sweep = serializers.UUIDField(allow_null=True)
    device = serializers.CharField(allow_blank=True)
    code_version = serializers.CharField(allow_blank=True)
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class TrainingsSerializer(Shape):
    trainings = TrainingSerializer(many=True)
    more = serializers.BooleanField()


class TrainingFigureSerializer(Shape):
    part = serializers.CharField()
    step = serializers.IntegerField()
    epoch = serializers.FloatField()
    figures = serializers.DictField(child=serializers.FloatField())
    learning_rate = serializers.FloatField(allow_null=True)
    gradient = serializers.FloatField(allow_null=True)
    tokens_per_second = serializers.FloatField()
    memory = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class TrainingFiguresSerializer(Shape):
    figures = TrainingFigureSerializer(many=True)


class NewTrainingExportSerializer(Shape):
    form = serializers.CharField(help_text="`merged`, `int8`, `nf4` or `pruned`.")
    heads = serializers.FloatField(required=False, help_text="The share of heads that pruning leaves out.")
    units = serializers.FloatField(required=False, help_text="Of units in the feed-forward parts.")


class TrainingExportSerializer(Shape):
    id = serializers.UUIDField()
    training = serializers.UUIDField()
    form = serializers.CharField()
    settings = serializers.DictField()
    state = serializers.CharField()
    figures = serializers.DictField()
    place = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class TrainingExportsSerializer(Shape):
    exports = TrainingExportSerializer(many=True)


class NewSweepSerializer(WantedTrainingSerializer):
    space = serializers.DictField(help_text="Setting → list of values.")
    method = serializers.CharField(required=False, help_text="`grid` or `random`.")
    count = serializers.IntegerField(required=False)
    seed = serializers.IntegerField(required=False)


class SweepTrialSerializer(Shape):
    id = serializers.UUIDField()
    state = serializers.CharField()
    settings = serializers.DictField()
    metric = serializers.CharField(allow_blank=True)
    best = serializers.FloatField(allow_null=True)


class SweepSerializer(Shape):
    id = serializers.UUIDField()
    name = serializers.CharField()
    method = serializers.CharField()
    space = serializers.DictField()
    seed = serializers.IntegerField()
    best = serializers.UUIDField(allow_null=True)
    trainings = SweepTrialSerializer(many=True)
    created_at = serializers.DateTimeField()


class SweepsSerializer(Shape):
    sweeps = SweepSerializer(many=True)
    more = serializers.BooleanField()


class TrainingsView(DoorView):
    @operation("list_trainings", gives={200: TrainingsSerializer})
    def get(self, request: Request) -> Response:
        """The newest hundred."""
        self.actor.require(READ)
        with self.scope():
            page = list(selectors.trainings_visible_to(self.actor)[: PAGE + 1])
            shown = [presenting.training(one) for one in page[:PAGE]]
        return Response({"trainings": shown, "more": len(page) > PAGE})

    @operation(
        "start_training",
        takes=WantedTrainingSerializer,
        gives={202: TrainingSerializer},
        refuses={404: STARTED_WITH, 409: NOT_STARTED},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Queue a training; it becomes a version of an adapter, with its parity check."""
        self.actor.require(START)
        made = starting.start(actor=self.actor, wanted=_wanted(self, object_of(request.data)))
        return Response(_shown(self, made.pk), status=202)


class TrainingProposalView(DoorView):
    @operation(
        "propose_training",
        takes=WantedTrainingSerializer,
        gives={200: TrainingProposalSerializer},
        refuses={404: NAMED, 409: NOT_READY},
    )
    def post(self, request: Request) -> Response:
        """What it would be set to and why, and how much memory it would need. Nothing is started."""
        self.actor.require(START)
        found = starting.propose(actor=self.actor, wanted=_wanted(self, object_of(request.data)))
        return Response(presenting.proposal(found))


class TrainingView(DoorView):
    @operation("show_training", gives={200: TrainingSerializer}, refuses={404: UNKNOWN}, parameters=[ID])
    def get(self, request: Request, training_id: str) -> Response:
        return Response(_shown(self, training_id))


class TrainingFiguresView(DoorView):
    @operation(
        "training_figures", gives={200: TrainingFiguresSerializer}, refuses={404: UNKNOWN}, parameters=[ID]
    )
    def get(self, request: Request, training_id: str) -> Response:
        """Step by step; of very many steps an even selection."""
        with self.scope():
            found = visible(self.actor, "training", training_id)
            rows = [presenting.figure(one) for one in selectors.series_of(found)]
        return Response({"figures": rows})


class TrainingActionView(DoorView):
    @operation(
        "steer_training",
        gives={200: TrainingSerializer},
        refuses={404: UNKNOWN, 409: ("training_ended", "training_not_resumable")},
        parameters=[
            ID, OpenApiParameter("action", OpenApiTypes.STR, OpenApiParameter.PATH, enum=["cancel", "resume"])
        ],
        writes=True,
    )  # fmt: skip
    def post(self, request: Request, training_id: str, action: str) -> Response:
        """`cancel` keeps the last checkpoint, `resume` goes on from it."""
        permission, verb = {"cancel": (CANCEL, starting.cancel), "resume": (START, starting.resume)}[action]
        verb(actor=self.actor, training=self.find("training", training_id, permission=permission))
        with self.scope():
            found = visible(self.actor, "training", training_id, permission=permission)
            return Response(presenting.training(found))


class TrainingExportsView(DoorView):
    @operation(
        "list_training_exports",
        gives={200: TrainingExportsSerializer},
        refuses={404: UNKNOWN},
        parameters=[ID],
    )
    def get(self, request: Request, training_id: str) -> Response:
        with self.scope():
            found = visible(self.actor, "training", training_id)
            return Response({"exports": [presenting.export(one) for one in found.exports.all()]})

    @operation(
        "export_training",
        takes=NewTrainingExportSerializer,
        gives={202: TrainingExportSerializer},
        refuses={404: UNKNOWN, 409: ("training_without_result",)},
        parameters=[ID],
        writes=True,
    )
    def post(self, request: Request, training_id: str) -> Response:
        """Queue an export; its files lie in the operator's folder of models, its figures here."""
        found, given = self.find("training", training_id, permission=START), object_of(request.data)
        made = exporting.export(
            actor=self.actor,
            training=found,
            form=text_of(given, "form"),
            heads=number_of(given, "heads", 0.0),
            units=number_of(given, "units", 0.25),
        )
        return Response(presenting.export(made), status=202)


class SweepsView(DoorView):
    @operation("list_sweeps", gives={200: SweepsSerializer})
    def get(self, request: Request) -> Response:
        """The newest hundred searches for settings."""
        self.actor.require(READ)
        with self.scope():
            page = list(selectors.sweeps_visible_to(self.actor)[: PAGE + 1])
            shown = [presenting.sweep(one) for one in page[:PAGE]]
        return Response({"sweeps": shown, "more": len(page) > PAGE})

    @operation(
        "start_sweep",
        takes=NewSweepSerializer,
        gives={202: SweepSerializer},
        refuses={404: STARTED_WITH, 409: NOT_STARTED},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Queue one training for each choice of settings."""
        self.actor.require(START)
        given = object_of(request.data)
        space = given.get("space")
        if not isinstance(space, Mapping):
            raise InvalidInput(fields={"space": _("must give a list of values for each setting")})
        made = sweeping.sweep(
            actor=self.actor,
            wanted=_wanted(self, given),
            space=space,
            method=text_of(given, "method") or "grid",
            count=whole_of(given, "count", 8),
            seed=whole_of(given, "seed", 0),
        )
        with self.scope():
            return Response(presenting.sweep(made), status=202)


class SweepView(DoorView):
    @operation("show_sweep", gives={200: SweepSerializer}, refuses={404: UNKNOWN}, parameters=[SWEEP])
    def get(self, request: Request, sweep_id: str) -> Response:
        """All of its trainings, and which of those that have ended is the best."""
        with self.scope():
            return Response(presenting.sweep(visible(self.actor, "sweep", sweep_id)))


def _shown(view: DoorView, training_id: object) -> dict[str, Any]:
    with view.scope():
        permission = READ if view.actor.can(READ) else START
        return presenting.training(visible(view.actor, "training", training_id, permission=permission))


def _wanted(view: DoorView, given: Mapping[str, Any]) -> Wanted:
    settings = given.get("settings") or {}
    if not isinstance(settings, Mapping):
        raise InvalidInput(fields={"settings": _("must be an object")})
    base = view.find("base_model", text_of(given, "base_model"))
    with view.scope():
        version = selectors.resolve_version(actor=view.actor, reference=text_of(given, "version"))
        general = text_of(given, "general")
        other = selectors.resolve_version(actor=view.actor, reference=general) if general else None
    return Wanted(
        name=text_of(given, "name"),
        base=base,
        version=version,
        objective=text_of(given, "objective") or "sft",
        settings=settings,
        general=other,
        replay=number_of(given, "replay", 0.0),
    )


__all__ = [
    "SweepView", "SweepsView", "TrainingActionView", "TrainingExportsView", "TrainingFiguresView",
    "TrainingProposalView", "TrainingView", "TrainingsView",
]  # fmt: skip
