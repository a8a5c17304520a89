"""Hit tests: one question with what each stage did, regression cases, and runs of many questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, text_of
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.core.errors import InvalidInput, NotFound, TooLong
from sunmao.core.resolving import visible
from sunmao.knowledge import by_picture
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.trials import cases, lines, presenting, running, selectors, trying
from sunmao.knowledge.trials.selectors import READ, RUN, WRITE

PAGE, LARGEST, MOST_BASES = 100, 5_000_000, 20
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="A base's name.")
CASE, RUN_ID = path_id("case_id", "A regression case's id."), path_id("run_id", "A run's id.")
UNKNOWN_BASE = ("unknown_base",)
UNKNOWN_VERSION = (*UNKNOWN_BASE, "unknown_version")


class QuestionToTrySerializer(Shape):
    question = serializers.CharField(max_length=2_000)
    version = serializers.IntegerField(
        required=False, allow_null=True, help_text="Of this base; the newest one unless it is given."
    )
    also = serializers.DictField(
        required=False,
        child=serializers.IntegerField(allow_null=True),
        help_text="Further bases to search with it: name → version, null for the newest.",
    )


class TrialStageSerializer(Shape):
    name = serializers.CharField()
    base = serializers.CharField(allow_blank=True)
    milliseconds = serializers.FloatField()
    found = serializers.IntegerField()
    details = serializers.DictField()


class TrialPlaceSerializer(Shape):
    stage = serializers.CharField()
    base = serializers.CharField(allow_blank=True)
    rank = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)


class TriedHitSerializer(Shape):
    rank = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    lexical = serializers.FloatField()
    share = serializers.FloatField()
    dense = serializers.FloatField(allow_null=True)
    by_reference = serializers.BooleanField()
    expected = serializers.BooleanField()
    seen = serializers.FloatField(allow_null=True, help_text="How near its picture is to what was asked.")
    words = serializers.ListField(child=serializers.CharField())
    places = TrialPlaceSerializer(many=True)
    passage = schemas.PassageSerializer()


class ExpectedPassageSerializer(Shape):
    passage_id = serializers.UUIDField()
    document = serializers.CharField(allow_blank=True)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field of that name
    rank = serializers.IntegerField(allow_null=True)
    places = TrialPlaceSerializer(many=True)


class TrialSerializer(Shape):
    id = serializers.UUIDField()
    state = serializers.RegexField("^(waiting|done|failed)$")
    created_at = serializers.DateTimeField()
    question = serializers.CharField(allow_blank=True, help_text="Or the words read in the picture.")
    by_picture = serializers.BooleanField()
    versions = serializers.DictField(child=serializers.IntegerField())
    language = serializers.CharField(allow_blank=True)
    accepted = serializers.BooleanField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    relevance = serializers.FloatField()
    missing_reference = serializers.CharField(allow_blank=True)
    milliseconds = serializers.FloatField()
    stages = TrialStageSerializer(many=True)
    hits = TriedHitSerializer(many=True)
    expected = ExpectedPassageSerializer(many=True)


class NewCaseSerializer(Shape):
    question = serializers.CharField(max_length=2_000)
    passage_ids = serializers.ListField(child=serializers.UUIDField())


class CaseExpectationSerializer(Shape):
    passage_id = serializers.UUIDField()
    document = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field of that name
    serves = serializers.BooleanField()


class TrialCaseSerializer(Shape):
    id = serializers.UUIDField()
    base = serializers.CharField()
    question = serializers.CharField()
    expected = CaseExpectationSerializer(many=True)
    created_at = serializers.DateTimeField()


class TrialCasesSerializer(Shape):
    cases = TrialCaseSerializer(many=True)
    more = serializers.BooleanField()


class QuestionOfRunSerializer(Shape):
    question = serializers.CharField(max_length=2_000)
    document = serializers.CharField(required=False)
    label = serializers.CharField(required=False)  # type: ignore[assignment]  # a field of that name


class NewRunSerializer(Shape):
    """Without `questions` the base's regression cases are run."""

    name = serializers.CharField(required=False, help_text="Runs of one name are compared.")
    version = serializers.IntegerField(required=False, allow_null=True)
    questions = QuestionOfRunSerializer(many=True, required=False)


class TrialWrongLineSerializer(Shape):
    line = serializers.IntegerField()
    code = serializers.CharField()


class TrialRunSerializer(Shape):
    id = serializers.UUIDField()
    base = serializers.CharField()
    version = serializers.IntegerField()
    set = serializers.CharField(allow_blank=True)
    state = serializers.CharField(allow_blank=True)
    questions = serializers.IntegerField()
    figures = serializers.DictField()
    before = serializers.DictField(allow_null=True)
    wrong = TrialWrongLineSerializer(many=True)
    job = schemas.JobSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class TrialRunsSerializer(Shape):
    runs = TrialRunSerializer(many=True)
    more = serializers.BooleanField()


class TrialResultSerializer(Shape):
    line = serializers.IntegerField()
    question = serializers.CharField()
    expected = serializers.ListField(child=serializers.DictField())
    tried = serializers.BooleanField()
    rank = serializers.IntegerField(allow_null=True)
    ranks = serializers.ListField(child=serializers.IntegerField(allow_null=True))
    refused = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    relevance = serializers.FloatField()
    milliseconds = serializers.FloatField()
    hits = serializers.ListField(child=serializers.UUIDField())
    change = serializers.CharField(allow_blank=True)
    before = serializers.DictField(allow_null=True)


class RunWithResultsSerializer(TrialRunSerializer):
    results = TrialResultSerializer(many=True)


class TrialsView(DoorView):
    parser_classes = [JSONParser, MultiPartParser]

    @operation("list_runs", gives={200: TrialRunsSerializer}, refuses={404: UNKNOWN_BASE}, parameters=[SLUG])
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred runs of many questions, each with its figures and those of the run before."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            page = list(selectors.runs_visible_to(self.actor).filter(base=base)[: PAGE + 1])
            shown = [presenting.run(one) for one in page[:PAGE]]
        return Response({"runs": shown, "more": len(page) > PAGE})

    @operation(
        "try_question",
        takes={
            "application/json": QuestionToTrySerializer,
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "picture": {"type": "string", "format": "binary"},
                    "question": {"type": "string"},
                    "version": {"type": "integer"},
                },
            },
        },
        gives={200: TrialSerializer},
        refuses={
            400: ("empty_input", "no_image"),
            404: UNKNOWN_VERSION,
            409: ("nothing_sees_pictures",),
            413: ("too_long", "file_too_large"),
            422: (
                "corrupt_file",
                "file_too_complex",
                "reader_crashed",
                "image_not_checked",
                "personal_data_refused",
                "unreadable_file",
            ),
            500: ("internal_error",),
            502: ("encoder_not_loaded", "encoder_sees_nothing", "embeddings_failed"),
            503: ("broker_unavailable", "no_worker"),
        },
        parameters=[SLUG],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Retrieve for one question or one picture, and tell what each stage did; nobody is answered."""
        self.actor.require(READ)
        given = object_of(request.data)
        also = given.get("also") or {}
        if not isinstance(also, Mapping) or len(also) >= MOST_BASES:
            raise InvalidInput(fields={"also": _("must be an object of at most 19 bases")})
        wanted = {
            **{str(name): _version(one) for name, one in also.items()},
            slug: _version(given.get("version") or None),
        }
        with self.scope():
            pins = selectors.pins_of(actor=self.actor, wanted=wanted)
        upload: UploadedFile[bytes] | None = request.FILES.get("picture")
        if upload is None:
            made = trying.ask(actor=self.actor, question=text_of(given, "question"), bases=pins)
        else:
            made = trying.ask(actor=self.actor, picture=upload.read(by_picture.LARGEST + 1), bases=pins)
        done = trying.wait(trial=made)
        with self.scope():
            return Response(presenting.trial(actor=self.actor, found=done, pins=pins))


class CasesView(DoorView):
    @operation(
        "list_cases", gives={200: TrialCasesSerializer}, refuses={404: UNKNOWN_BASE}, parameters=[SLUG]
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred questions of the base whose answering passages are known."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            page = list(selectors.cases_visible_to(self.actor).filter(base=base)[: PAGE + 1])
            shown = [presenting.case(one) for one in page[:PAGE]]
        return Response({"cases": shown, "more": len(page) > PAGE})

    @operation(
        "save_case",
        takes=NewCaseSerializer,
        gives={201: TrialCaseSerializer},
        refuses={400: ("empty_input",), 404: (*UNKNOWN_BASE, "unknown_passage"), 413: ("too_long",)},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """The question must find these passages from now on; of a question that is a case, also these."""
        self.actor.require(WRITE)
        base, given = self.find("base", slug, permission=WRITE), object_of(request.data)
        ids = given.get("passage_ids", [])
        if not isinstance(ids, list) or len(ids) > PAGE:
            raise InvalidInput(fields={"passage_ids": _("must be a list of at most 100 ids")})
        passages = [self.find("passage", one) for one in ids]
        made = cases.save_case(
            actor=self.actor, base=base, question=text_of(given, "question"), passages=passages
        )
        with self.scope():
            found = visible(self.actor, "trial_case", made.pk, permission=WRITE)
            return Response(presenting.case(found), status=201)


class CaseView(DoorView):
    @operation(
        "remove_case", gives={204: None}, refuses={404: ("unknown_case",)}, parameters=[CASE], writes=True
    )
    def delete(self, request: Request, case_id: str) -> Response:
        """Runs of later on no longer try it; those of before keep their results."""
        case = self.find("trial_case", case_id, permission=WRITE)
        cases.remove_case(actor=self.actor, case=case)
        return Response(status=204)


class RunsView(DoorView):
    parser_classes = [MultiPartParser, JSONParser]

    @operation(
        "start_run",
        takes={
            "application/json": NewRunSerializer,
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "version": {"type": "integer"},
                },
            },
        },
        gives={202: TrialRunSerializer},
        refuses={
            400: ("no_questions",),
            404: UNKNOWN_VERSION,
            413: ("too_many_questions", "file_too_large"),
            422: ("empty_file", "binary_file", "undecodable_text", "truncated_file", "unreadable_file"),
        },
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Queue a run: of a file (JSON lines or CSV), of the questions sent, or of the base's cases."""
        self.actor.require(RUN)
        given = object_of(request.data)
        version = _version(given.get("version") or None)
        with self.scope():
            pin = selectors.pin_of(actor=self.actor, slug=slug, version=version, permission=RUN)
        run = self._started(request, pin, given)
        with self.scope():
            found = visible(self.actor, "trial_run", run.pk, permission=RUN)
            return Response(presenting.run(found), status=202)

    def _started(self, request: Request, pin: BaseVersion, given: Mapping[str, Any]) -> Any:
        upload: UploadedFile[bytes] | None = request.FILES.get("file")
        if upload is not None:
            if (upload.size or 0) > LARGEST:
                raise TooLong(code="file_too_large")
            read = lines.read(decode(upload.read()).text)
            return running.run_lines(actor=self.actor, pin=pin, name=upload.name or "", given=read)
        questions = given.get("questions")
        if questions is None:
            return running.run_cases(actor=self.actor, pin=pin)
        if not isinstance(questions, list):
            raise InvalidInput(fields={"questions": _("must be a list")})
        numbered = (
            (number, one if isinstance(one, dict) else None) for number, one in enumerate(questions, 1)
        )
        name = text_of(given, "name") or "api"
        return running.run_lines(actor=self.actor, pin=pin, name=name, given=lines.collect(numbered))


class RunView(DoorView):
    @operation(
        "show_run",
        gives={200: RunWithResultsSerializer},
        refuses={404: ("unknown_run",)},
        parameters=[RUN_ID],
    )
    def get(self, request: Request, run_id: str) -> Response:
        """A run with every question, what became worse first."""
        self.actor.require(READ)
        with self.scope():
            found = visible(self.actor, "trial_run", run_id)
            results = [presenting.result(one) for one in selectors.worst_first(found)]
            return Response({**presenting.run(found), "results": results})


def _version(value: Any) -> int | None:
    """From JSON a number, from a form its digits."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(fields={"version": _("must be a whole number")})
    if abs(value) >= 2**31:
        raise NotFound(code="unknown_version", fields={"version": str(value)})
    return value


__all__ = ["CaseView", "CasesView", "RunView", "RunsView", "TrialsView"]
