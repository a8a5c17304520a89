"""Suites of cases, and what releases reach on them."""

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
from apps.api.views.given import mapping_of, object_of, text_of, truth_of
from apps.api.views.schemas import JobSerializer, LabelledShape, Shape, operation, path_id
from sunmao.accounts.roles import BuiltIn
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.resolving import visible
from sunmao.evaluation import presenting, selectors
from sunmao.evaluation.selectors import EDIT, READ, RUN
from sunmao.evaluation.suites import editing, from_answers, running
from sunmao.evaluation.suites.editing import NewCase
from sunmao.releases.selectors import serving

PAGE = 100
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="The suite's slug.")
CASE = path_id("case_id", "A case's id.")
RUN_ID = path_id("run_id", "An evaluation's id.")
RECORD = path_id("record_id", "An answer record's id.")
UNKNOWN = {404: ("unknown_suite",)}


class SuiteSerializer(Shape):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()
    task = serializers.CharField()
    gates = serializers.BooleanField(help_text="Whether it stands before production.")
    limits = serializers.DictField(
        help_text="pass_rate, regressions, p95_seconds, slices, accuracy, macro_f1"
    )
    role = serializers.CharField(help_text="Whose rights its questions are asked with.")
    version = serializers.IntegerField()
    cases = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class SuitesSerializer(Shape):
    suites = SuiteSerializer(many=True)
    more = serializers.BooleanField()


class SuiteCaseSerializer(Shape):
    id = serializers.UUIDField()
    input = serializers.DictField()
    checks = serializers.ListField(child=serializers.DictField())
    slices = serializers.ListField(child=serializers.CharField())
    origin = serializers.RegexField("^(written|file|feedback|correction)$")
    record_id = serializers.UUIDField(allow_null=True)
    born = serializers.IntegerField()
    died = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class SuiteWithCasesSerializer(SuiteSerializer):
    shown = SuiteCaseSerializer(many=True, help_text="The newest hundred of them.")


class EvaluationSerializer(Shape):
    id = serializers.UUIDField()
    suite = serializers.CharField()
    version = serializers.IntegerField()
    release = serializers.IntegerField()
    task = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
    knowledge = serializers.DictField()
    figures = serializers.DictField()
    before = serializers.DictField(allow_null=True)
    job = JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class EvaluationResultSerializer(LabelledShape):
    case_id = serializers.UUIDField()
    input = serializers.DictField()
    slices = serializers.ListField(child=serializers.CharField())
    passed = serializers.BooleanField(allow_null=True)
    change = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True)
    outcome = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)
    checks = serializers.ListField(child=serializers.DictField())
    citations = serializers.ListField(child=serializers.DictField())
    model = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()
    tokens = serializers.IntegerField()


class EvaluationWithResultsSerializer(EvaluationSerializer):
    results = EvaluationResultSerializer(many=True)


class NewSuiteSerializer(Shape):
    slug = serializers.CharField()
    title = serializers.CharField()
    task = serializers.CharField()
    limits = serializers.DictField(required=False)
    gates = serializers.BooleanField(required=False)
    role = serializers.CharField(required=False)


class SuiteChangeSerializer(Shape):
    title = serializers.CharField(required=False)
    limits = serializers.DictField(required=False)
    gates = serializers.BooleanField(required=False)
    role = serializers.CharField(required=False)


class NewSuiteCasesSerializer(Shape):
    cases = serializers.ListField(child=serializers.DictField())


class NewEvaluationSerializer(Shape):
    release = serializers.CharField(required=False, help_text="By default the one that serves.")


class CaseFromAnswerSerializer(Shape):
    suite = serializers.CharField(required=False)
    correction = serializers.CharField(required=False, allow_blank=True)
    documents = serializers.ListField(child=serializers.CharField(), required=False)


class SuitesView(DoorView):
    @operation("list_suites", gives={200: SuitesSerializer})
    def get(self, request: Request) -> Response:
        """What releases must do right."""
        self.actor.require(READ)
        with self.scope():
            page = [presenting.suite(one) for one in selectors.suites_visible_to(self.actor)[: PAGE + 1]]
        return Response({"suites": page[:PAGE], "more": len(page) > PAGE})

    @operation(
        "create_suite",
        takes=NewSuiteSerializer,
        gives={201: SuiteSerializer},
        refuses={404: ("unknown_task", "unknown_role"), 409: ("suite_exists",)},
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """A suite of a task; without limits, nine in ten cases must pass and none may become worse."""
        self.actor.require(EDIT)
        given = object_of(request.data)
        limits = mapping_of(given, "limits")
        made = editing.create_suite(
            actor=self.actor,
            slug=text_of(given, "slug"),
            title=text_of(given, "title"),
            task_name=text_of(given, "task"),
            limits=limits,
            gates=truth_of(given, "gates", True),
            role=text_of(given, "role") or BuiltIn.END_USER,
        )
        with self.scope():
            return Response(presenting.suite(made), status=201)


class SuiteView(DoorView):
    @operation("show_suite", gives={200: SuiteWithCasesSerializer}, refuses=UNKNOWN, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "suite", slug)
            cases = selectors.cases_at(found, found.version).order_by("-created_at", "-id")[:PAGE]
            return Response({**presenting.suite(found), "shown": [presenting.case(one) for one in cases]})

    @operation(
        "change_suite",
        takes=SuiteChangeSerializer,
        gives={200: SuiteSerializer},
        refuses={404: ("unknown_suite", "unknown_role")},
        parameters=[SLUG],
        writes=True,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Its title, its limits, or whether it gates. What is left out stays."""
        self.actor.require(EDIT)
        found, given = self.find("suite", slug, permission=EDIT), object_of(request.data)
        changed = editing.change_suite(
            actor=self.actor,
            suite=found,
            title=text_of(given, "title") if "title" in given else None,
            limits=mapping_of(given, "limits"),
            gates=truth_of(given, "gates") if "gates" in given else None,
            role=text_of(given, "role") or None,
        )
        with self.scope():
            return Response(presenting.suite(changed))


class SuiteCasesView(DoorView):
    @operation(
        "add_suite_cases",
        takes=NewSuiteCasesSerializer,
        gives={201: SuiteSerializer},
        refuses={**UNKNOWN, 400: ("invalid_case",), 413: ("too_many_cases",)},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Each `{"input": {…}, "checks": [{"kind": …}], "slices": […]}`; all of them, or none."""
        self.actor.require(EDIT)
        found, cases = self.find("suite", slug, permission=EDIT), object_of(request.data).get("cases")
        if not isinstance(cases, list) or not all(isinstance(one, Mapping) for one in cases):
            raise InvalidInput(fields={"cases": _("must be a list of objects")}, code="invalid_case")
        editing.add_cases(actor=self.actor, suite=found, cases=[_case(one) for one in cases])
        with self.scope():
            return Response(presenting.suite(visible(self.actor, "suite", slug)), status=201)


def _case(given: Mapping[str, Any]) -> NewCase:
    data, checks, slices = given.get("input"), given.get("checks"), given.get("slices", [])
    shapes = isinstance(data, Mapping) and isinstance(checks, list) and isinstance(slices, list)
    if not shapes or set(given) - {"input", "checks", "slices"}:
        raise InvalidInput(fields={"cases": _("must have input, checks and slices")}, code="invalid_case")
    return NewCase(data=data, checks=checks, slices=slices)  # type: ignore[arg-type]


class SuiteCaseView(DoorView):
    @operation(
        "end_suite_case", gives={204: None}, refuses={404: ("unknown_case",)}, parameters=[CASE], writes=True
    )
    def delete(self, request: Request, case_id: str) -> Response:
        """Later versions of the suite are without it; runs of before keep it."""
        self.actor.require(EDIT)
        editing.end_case(actor=self.actor, case=self.find("suite_case", case_id, permission=EDIT))
        return Response(status=204)


class EvaluationsView(DoorView):
    @operation(
        "start_evaluation",
        takes=NewEvaluationSerializer,
        gives={202: EvaluationSerializer},
        refuses={404: ("unknown_suite", "unknown_release"), 409: ("no_cases", "cannot_rehearse")},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Measure a release on the suite; nothing is promoted by it."""
        self.actor.require(RUN)
        suite = self.find("suite", slug, permission=RUN)
        named = text_of(object_of(request.data), "release")
        with self.scope():
            release = (
                visible(self.actor, "release", named, permission=RUN)
                if named
                else serving(vertical=suite.vertical, task=suite.task)
            )
        if release is None:
            raise NotFound(code="unknown_release")
        run = running.start(actor=self.actor, suite=suite, release=release)
        with self.scope():
            return Response(
                presenting.run(visible(self.actor, "evaluation", run.pk, permission=RUN)), status=202
            )


class EvaluationView(DoorView):
    @operation(
        "show_evaluation",
        gives={200: EvaluationWithResultsSerializer},
        refuses={404: ("unknown_evaluation",)},
        parameters=[RUN_ID],
    )
    def get(self, request: Request, run_id: str) -> Response:
        """The figures and every case, what failed first."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "evaluation", run_id)
            results = [presenting.result(one) for one in selectors.worst_first(found)]
            return Response({**presenting.run(found), "results": results})


class CaseFromAnswerView(DoorView):
    @operation(
        "make_case_of_answer",
        takes=CaseFromAnswerSerializer,
        gives={201: SuiteCaseSerializer},
        refuses={
            400: ("invalid_case", "invalid_check"),
            404: ("unknown_record", "unknown_suite"),
            409: ("case_exists", "other_task"),
        },
        parameters=[RECORD],
        writes=True,
    )
    def post(self, request: Request, record_id: str) -> Response:
        """A bad answer becomes a case: with the words that would be right, or what must be cited."""
        self.actor.require(EDIT)
        record, given = self.find("record", record_id), object_of(request.data)
        suite, documents = text_of(given, "suite"), given.get("documents", [])
        if not isinstance(documents, list) or not all(isinstance(one, str) for one in documents):
            raise InvalidInput(fields={"documents": _("must be a list of names")})
        case = from_answers.case_from_answer(
            actor=self.actor,
            record=record,
            suite=self.find("suite", suite, permission=EDIT) if suite else None,
            correction=text_of(given, "correction"),
            documents=documents,
        )
        with self.scope():
            return Response(presenting.case(case), status=201)


__all__ = [
    "CaseFromAnswerView",
    "EvaluationView",
    "EvaluationsView",
    "SuiteCaseView",
    "SuiteCasesView",
    "SuiteView",
    "SuitesView",
]
