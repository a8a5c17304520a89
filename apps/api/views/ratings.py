"""Judges, the rounds in which people rate, and evaluations as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views.base import DoorView
from apps.api.views.given import object_of, only, text_of
from apps.api.views.schemas import Shape, operation, path_id
from apps.api.views.suites import EvaluationSerializer
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.core.vertical import find_task
from sunmao.evaluation import presenting as runs
from sunmao.evaluation.judging import calibrating, judges, presenting, rounds, selectors, sheets
from sunmao.evaluation.judging.selectors import MANAGE, MANAGE_JUDGES, RATE
from sunmao.evaluation.reporting import before_after, exporting
from sunmao.evaluation.selectors import EDIT, READ, RUN
from sunmao.evaluation.suites import questions
from sunmao.releases.selectors import serving

PAGE = 100
JUDGE = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The judge's name.")
ROUND = path_id("round_id", "A rating round's id.")
ITEM = path_id("item_id", "An item's id, as a sheet names it.")
RUN_ID = path_id("run_id", "An evaluation's id.")
WITH = OpenApiParameter(
    "with", OpenApiTypes.STR, description="The evaluation of before; by default the last."
)
UNKNOWN_JUDGE, UNKNOWN_ROUND = {404: ("unknown_judge",)}, {404: ("unknown_rating_round",)}
UNKNOWN_RUN = ("unknown_evaluation",)


def _between() -> serializers.ListField:
    """The low end and the high one."""
    return serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, allow_null=True)


class CalibrationSerializer(Shape):
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    round = serializers.UUIDField(allow_null=True)
    labels = serializers.CharField(allow_blank=True, help_text="The hash of a file of labels.")
    model = serializers.CharField(allow_blank=True)
    figures = serializers.DictField()
    job = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class JudgeSerializer(Shape):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    engine = serializers.CharField()
    adapter = serializers.UUIDField(allow_null=True)
    criteria = serializers.CharField(allow_blank=True)
    bound = serializers.FloatField(help_text="The least kappa with people.")
    version = serializers.IntegerField()
    gates = serializers.DictField(help_text="Why it may not stand before production, by way of judging.")
    calibrations = serializers.DictField()
    created_at = serializers.DateTimeField()


class JudgesSerializer(Shape):
    judges = JudgeSerializer(many=True)


class NewJudgeSerializer(Shape):
    slug = serializers.CharField()
    title = serializers.CharField(required=False)
    engine = serializers.CharField(required=False)
    adapter = serializers.CharField(required=False)
    criteria = serializers.CharField(required=False, allow_blank=True)
    bound = serializers.FloatField(required=False)


class JudgeChangeSerializer(Shape):
    engine = serializers.CharField(required=False)
    criteria = serializers.CharField(required=False, allow_blank=True)
    bound = serializers.FloatField(required=False)


class NewCalibrationSerializer(Shape):
    round = serializers.CharField(required=False)
    labels = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="Instead: what people said elsewhere."
    )


class RoundSerializer(Shape):
    id = serializers.UUIDField()
    title = serializers.CharField()
    mode = serializers.RegexField("^(score|pairwise)$")
    state = serializers.RegexField("^(open|closed)$")
    suite = serializers.CharField()
    criteria = serializers.CharField(allow_blank=True)
    items = serializers.IntegerField()
    raters = serializers.ListField(child=serializers.CharField(allow_blank=True))
    figures = serializers.DictField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class RoundsSerializer(Shape):
    rounds = RoundSerializer(many=True)
    more = serializers.BooleanField()


class WaitingRoundSerializer(Shape):
    id = serializers.UUIDField()
    title = serializers.CharField()
    mode = serializers.RegexField("^(score|pairwise)$")
    criteria = serializers.CharField(allow_blank=True)
    items = serializers.IntegerField()


class WaitingSerializer(Shape):
    rounds = WaitingRoundSerializer(many=True)


class NewRoundSerializer(Shape):
    title = serializers.CharField()
    evaluation = serializers.CharField()
    against = serializers.CharField(required=False)
    criteria = serializers.CharField(required=False, allow_blank=True)
    size = serializers.IntegerField(required=False)
    seed = serializers.IntegerField(required=False)


class RatersSerializer(Shape):
    raters = serializers.ListField(child=serializers.CharField())


class SheetSerializer(Shape):
    item = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField()
    of = serializers.IntegerField()
    done = serializers.IntegerField()
    question = serializers.CharField(allow_blank=True)
    answers = serializers.ListField(child=serializers.CharField(allow_blank=True))
    value = serializers.JSONField(allow_null=True)


class RatingSerializer(Shape):
    value = serializers.JSONField(help_text="1 to 5; of two `first`, `second` or `tie`.")
    note = serializers.CharField(required=False, allow_blank=True)


class LineSerializer(Shape):
    name = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)
    before_interval = _between()
    after_interval = _between()
    interval = _between()


class LinesSerializer(Shape):
    lines = LineSerializer(many=True)


class ReportFormatSerializer(Shape):
    format = serializers.RegexField("^(csv|xlsx|json|html|pdf)$")


class QuestionsSerializer(Shape):
    title = serializers.CharField()
    task = serializers.CharField(required=False)
    release = serializers.CharField(required=False, help_text="By default the one that serves the task.")
    text = serializers.CharField(help_text="Questions as CSV, JSON lines, or one a line.")


class JudgesView(DoorView):
    @operation("list_judges", gives={200: JudgesSerializer})
    def get(self, request: Request) -> Response:
        self.actor.require(READ)
        with self.scope():
            found = [presenting.judge(one) for one in selectors.judges_visible_to(self.actor)[:PAGE]]
        return Response({"judges": found})

    @operation(
        "create_judge",
        takes=NewJudgeSerializer,
        gives={201: JudgeSerializer},
        refuses={404: ("unknown_model",), 409: ("judge_exists",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """A model that judges; it decides about no release before people bore it out."""
        self.actor.require(MANAGE_JUDGES)
        given = object_of(request.data)
        made = judges.create_judge(
            actor=self.actor,
            slug=text_of(given, "slug"),
            title=text_of(given, "title"),
            engine=text_of(given, "engine") or "default",
            adapter=text_of(given, "adapter"),
            criteria=text_of(given, "criteria"),
            bound=given.get("bound", 0.6),
        )
        with self.scope():
            return Response(presenting.judge(made), status=201)


class JudgeView(DoorView):
    @operation("show_judge", gives={200: JudgeSerializer}, refuses=UNKNOWN_JUDGE, parameters=[JUDGE])
    def get(self, request: Request, slug: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            return Response(presenting.judge(visible(self.actor, "judge", slug)))

    @operation(
        "change_judge",
        takes=JudgeChangeSerializer,
        gives={200: JudgeSerializer},
        refuses=UNKNOWN_JUDGE,
        parameters=[JUDGE],
        writes=True,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Other criteria or another engine make a version that must be calibrated again."""
        self.actor.require(MANAGE_JUDGES)
        given = object_of(request.data)
        changed = judges.change_judge(
            actor=self.actor,
            judge=self.find("judge", slug, permission=MANAGE_JUDGES),
            engine=text_of(given, "engine") if "engine" in given else None,
            criteria=text_of(given, "criteria") if "criteria" in given else None,
            bound=given.get("bound"),
        )
        with self.scope():
            return Response(presenting.judge(changed))

    @operation("remove_judge", gives={204: None}, refuses=UNKNOWN_JUDGE, parameters=[JUDGE], writes=True)
    def delete(self, request: Request, slug: str) -> Response:
        self.actor.require(MANAGE_JUDGES)
        judges.remove_judge(actor=self.actor, judge=self.find("judge", slug, permission=MANAGE_JUDGES))
        return Response(status=204)


class CalibrationsView(DoorView):
    @operation(
        "calibrate_judge",
        takes=NewCalibrationSerializer,
        gives={202: CalibrationSerializer},
        refuses={
            400: ("invalid_labels",),
            404: ("unknown_judge", "unknown_rating_round"),
            409: ("round_open",),
            413: ("too_long",),
        },
        parameters=[JUDGE],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Hold the judge against the people of a closed round, or against labels from elsewhere."""
        self.actor.require(MANAGE_JUDGES)
        judge = self.find("judge", slug, permission=MANAGE_JUDGES)
        given = object_of(request.data)
        only(given, "round", "labels")
        if "labels" in given:
            made = calibrating.calibrate_by_file(
                actor=self.actor, judge=judge, content=_lines(given["labels"])
            )
        else:
            round_ = self.find("rating_round", text_of(given, "round"))
            made = calibrating.calibrate(actor=self.actor, judge=judge, round_=round_)
        return Response(presenting.calibration(made), status=202)


def _lines(labels: object) -> bytes:
    if not isinstance(labels, list):
        raise InvalidInput(fields={"labels": _("must be a list")})
    return "\n".join(map(json.dumps, labels)).encode()


class RoundsView(DoorView):
    @operation("list_rating_rounds", gives={200: RoundsSerializer})
    def get(self, request: Request) -> Response:
        self.actor.require(READ)
        with self.scope():
            found = selectors.rounds_visible_to(self.actor)[: PAGE + 1]
            shown = [presenting.round_(one) for one in found]
        return Response({"rounds": shown[:PAGE], "more": len(shown) > PAGE})

    @operation(
        "open_rating_round",
        takes=NewRoundSerializer,
        gives={201: RoundSerializer},
        refuses={404: UNKNOWN_RUN, 409: ("evaluation_not_finished", "no_answers")},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """People rate the answers of an evaluation; with `against`, which of two is better."""
        self.actor.require(MANAGE)
        given = object_of(request.data)
        only(given, "evaluation", "against", "title", "criteria", "size", "seed")
        against = text_of(given, "against")
        made = rounds.open_round(
            actor=self.actor,
            title=text_of(given, "title"),
            run=self.find("evaluation", text_of(given, "evaluation")),
            other=self.find("evaluation", against) if against else None,
            criteria=text_of(given, "criteria"),
            size=_whole(given, "size", 500) or 0,
            seed=_whole(given, "seed", 2**31),
        )
        with self.scope():
            return Response(presenting.round_(made), status=201)


class WaitingRoundsView(DoorView):
    @operation("list_waiting_rating_rounds", gives={200: WaitingSerializer})
    def get(self, request: Request) -> Response:
        """The open rounds in which this rater may rate."""
        self.actor.require(RATE)
        with self.scope():
            found = [presenting.waiting(one) for one in selectors.waiting_for(self.actor)[:PAGE]]
        return Response({"rounds": found})


class RoundView(DoorView):
    @operation("show_rating_round", gives={200: RoundSerializer}, refuses=UNKNOWN_ROUND, parameters=[ROUND])
    def get(self, request: Request, round_id: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            return Response(presenting.round_(visible(self.actor, "rating_round", round_id)))


class RatersView(DoorView):
    @operation(
        "assign_raters",
        takes=RatersSerializer,
        gives={200: RoundSerializer},
        refuses={400: ("unknown_rater",), **UNKNOWN_ROUND, 409: ("rating_round_closed",)},
        parameters=[ROUND],
        writes=True,
    )
    def post(self, request: Request, round_id: str) -> Response:
        """Who rates. As long as nobody is named, whoever may rate can."""
        self.actor.require(MANAGE)
        names = object_of(request.data).get("raters")
        if not isinstance(names, list) or not all(isinstance(one, str) and len(one) < 200 for one in names):
            raise InvalidInput(fields={"raters": _("must be a list of names")})
        found = self.find("rating_round", round_id, permission=MANAGE)
        rounds.assign(actor=self.actor, round_=found, usernames=names[:50])
        with self.scope():
            return Response(presenting.round_(found))


class RoundCloseView(DoorView):
    @operation(
        "close_rating_round",
        gives={200: RoundSerializer},
        refuses={**UNKNOWN_ROUND, 409: ("rating_round_closed", "no_ratings")},
        parameters=[ROUND],
        writes=True,
    )
    def post(self, request: Request, round_id: str) -> Response:
        """Count what was said, and put it beside the figures of the evaluation."""
        self.actor.require(MANAGE)
        found = self.find("rating_round", round_id, permission=MANAGE)
        closed = rounds.close_round(actor=self.actor, round_=found)
        with self.scope():
            return Response(presenting.round_(closed))


class SheetView(DoorView):
    @operation("show_rating_sheet", gives={200: SheetSerializer}, refuses=UNKNOWN_ROUND, parameters=[ROUND])
    def get(self, request: Request, round_id: str) -> Response:
        """The next answer that waits for this rater; nothing in it tells whose it is."""
        self.actor.require(RATE)
        with self.scope():
            found = visible(self.actor, "rating_round", round_id, permission=RATE)
            return Response(presenting.sheet(sheets.sheet(actor=self.actor, round_=found)))


class RatingView(DoorView):
    @operation(
        "rate_answer",
        takes=RatingSerializer,
        gives={200: SheetSerializer},
        refuses={404: ("unknown_rating_item",), 409: ("rating_round_closed", "not_a_person")},
        parameters=[ITEM],
        writes=True,
    )
    def put(self, request: Request, item_id: str) -> Response:
        """What is thought of an answer. Gives the next sheet."""
        self.actor.require(RATE)
        given, item = object_of(request.data), self.find("rating_item", item_id, permission=RATE)
        rounds.rate(actor=self.actor, item=item, value=given.get("value"), note=text_of(given, "note"))
        with self.scope():
            return Response(presenting.sheet(sheets.sheet(actor=self.actor, round_=item.round)))


class EvaluationExportView(DoorView):
    @operation(
        "export_evaluation",
        takes=ReportFormatSerializer,
        gives={200: OpenApiTypes.BINARY},
        refuses={404: UNKNOWN_RUN, 409: ("evaluation_not_finished",)},
        parameters=[RUN_ID],
        writes=True,
    )
    def post(self, request: Request, run_id: str) -> HttpResponse:
        """The report as CSV, XLSX, JSON, HTML or PDF, with the label of what is in it."""
        self.actor.require(READ)
        wanted, run = text_of(object_of(request.data), "format"), self.find("evaluation", run_id)
        made = exporting.export(actor=self.actor, run=run, format_=wanted)
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.data, content_type=made.type, headers=headers)


class EvaluationComparisonView(DoorView):
    @operation(
        "compare_evaluations",
        gives={200: LinesSerializer},
        refuses={404: UNKNOWN_RUN},
        parameters=[RUN_ID, WITH],
    )
    def get(self, request: Request, run_id: str) -> Response:
        """Before and after: ROUGE, the task, people, tokens a second."""
        self.actor.require(READ)
        with self.scope():
            after, named = visible(self.actor, "evaluation", run_id), request.query_params.get("with")
            before = visible(self.actor, "evaluation", named) if named else after.previous
            lines = before_after.table(before, after) if before else []
            return Response({"lines": before_after.as_json(lines)})


class QuestionsView(DoorView):
    @operation(
        "ask_many_questions",
        takes=QuestionsSerializer,
        gives={202: EvaluationSerializer},
        refuses={
            400: ("invalid_case",),
            404: ("unknown_release", "unknown_task"),
            409: ("cannot_rehearse",),
            413: ("too_many_cases",),
        },
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Have many questions answered by a release, as an evaluation that can be exported."""
        self.actor.require(EDIT)
        self.actor.require(RUN)
        given = object_of(request.data)
        named, task_name = text_of(given, "release"), text_of(given, "task")
        if not named and not task_name:
            raise InvalidInput(fields={"release": _("is missing")})
        with self.scope():
            release = visible(self.actor, "release", named, permission=RUN) if named else _serving(task_name)
        run = questions.ask_many(
            actor=self.actor, title=text_of(given, "title"), release=release, text=text_of(given, "text")
        )
        with self.scope():
            return Response(runs.run(visible(self.actor, "evaluation", run.pk, permission=RUN)), status=202)


def _serving(task_name: str) -> Any:
    vertical, task = find_task(task_name)
    found = serving(vertical=vertical.slug, task=task.name)
    if found is None:
        raise NotFound(code="unknown_release")
    return found


def _whole(given: Mapping[str, Any], name: str, most: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < most + 1:
        raise InvalidInput(fields={name: _("must be a whole number from 0")})
    return value
