"""What a base learns from people: which passage answers which question, and the ranking trained on that."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.views import schemas, shapes
from apps.api.views.base import DoorView
from apps.api.views.given import object_of, text_of
from apps.api.views.schemas import Shape, operation, path_id
from sunmao.core.errors import InvalidInput
from sunmao.core.resolving import visible
from sunmao.knowledge import ranking_training
from sunmao.knowledge.learning import confirming, presenting
from sunmao.knowledge.learning.selectors import (
    CONFIRM,
    READ,
    TRAIN,
    names_of,
    questions_visible_to,
    rankings_visible_to,
)

PAGE, AT_ONCE = 100, 1_000
SLUG = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, description="A base's name.")
QUESTION = path_id("question_id", "A confirmed question's id.")
UNKNOWN_BASE = ("unknown_base",)


class ConfirmationSerializer(Shape):
    question = serializers.CharField(max_length=2_000)
    passage_id = serializers.UUIDField()
    answer = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="What was answered, where that is in other words than the passage; 2,000 characters count.",
    )


class ConfirmationsSerializer(Shape):
    pairs = ConfirmationSerializer(many=True)


class ConfirmedQuestionSerializer(ConfirmationSerializer):
    id = serializers.UUIDField()
    base = serializers.CharField()
    document = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field of that name
    source = serializers.RegexField("^(review|import)$")  # type: ignore[assignment]  # likewise
    confirmed_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class ConfirmedQuestionsSerializer(Shape):
    questions = ConfirmedQuestionSerializer(many=True)
    more = serializers.BooleanField()


class ImportedSerializer(Shape):
    confirmed = serializers.IntegerField(help_text="How many pairs were new.")


class RankingSerializer(Shape):
    id = serializers.UUIDField()
    base = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.RegexField("^(active|retired|refused)$")
    questions = serializers.IntegerField()
    figures = serializers.DictField()
    created_at = serializers.DateTimeField()


class RankingsSerializer(Shape):
    rankings = RankingSerializer(many=True)


class ConfirmedQuestionsView(DoorView):
    @operation(
        "list_confirmed_questions",
        gives={200: ConfirmedQuestionsSerializer},
        refuses={404: UNKNOWN_BASE},
        parameters=[SLUG],
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred questions whose answering passage a person has confirmed."""
        self.actor.require(READ)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=READ)
            page = list(questions_visible_to(self.actor).filter(base=base)[: PAGE + 1])
            names = names_of(page)
        shown = [presenting.question(one, names=names) for one in page[:PAGE]]
        return Response({"questions": shown, "more": len(page) > PAGE})

    @operation(
        "confirm_question",
        takes=ConfirmationSerializer,
        gives={201: ConfirmedQuestionSerializer},
        refuses={400: ("empty_input",), 404: (*UNKNOWN_BASE, "unknown_passage"), 413: ("too_long",)},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Say that a passage answers a question: the base's next version finds it sooner."""
        self.actor.require(CONFIRM)
        base = self.find("base", slug, permission=CONFIRM)
        question, passage = _pair(self, request.data)
        made = confirming.confirm(
            actor=self.actor, base=base, question=question, passage=passage, answer=_answer(request.data)
        )
        with self.scope():
            shown = visible(self.actor, "confirmed_question", made.pk, permission=CONFIRM)
            told = presenting.question(shown, names=names_of([shown]))
        return Response(told, status=201)


def _answer(given: Any) -> str:
    return text_of(object_of(given), "answer")


def _pair(view: DoorView, given: Any) -> tuple[str, Any]:
    told = object_of(given)
    return text_of(told, "question"), view.find("passage", told.get("passage_id"))


class ConfirmedQuestionsImportView(DoorView):
    @operation(
        "import_confirmed_questions",
        takes=ConfirmationsSerializer,
        gives={200: ImportedSerializer},
        refuses={400: ("empty_input",), 404: (*UNKNOWN_BASE, "unknown_passage"), 413: ("too_long",)},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Many pairs as one version of the base; at most a thousand at once, all of them or none."""
        self.actor.require(CONFIRM)
        base = self.find("base", slug, permission=CONFIRM)
        given = object_of(request.data).get("pairs")
        if not isinstance(given, list) or not 0 < len(given) <= AT_ONCE:
            raise InvalidInput(fields={"pairs": _("must be a list of 1 to 1,000 pairs")})
        pairs = [_pair(self, one) for one in given]
        told = ((question, _answer(one)) for (question, _), one in zip(pairs, given, strict=True))
        answers = {question: answer for question, answer in told if answer}
        done = confirming.import_pairs(actor=self.actor, base=base, pairs=pairs, answers=answers)
        return Response({"confirmed": done})


class ConfirmedQuestionView(DoorView):
    @operation(
        "withdraw_confirmed_question",
        gives={204: None},
        refuses={404: ("unknown_question",)},
        parameters=[QUESTION],
        writes=True,
    )
    def delete(self, request: Request, question_id: str) -> Response:
        """The base's next version no longer knows it; earlier ones still do."""
        question = self.find("confirmed_question", question_id, permission=CONFIRM)
        confirming.withdraw(actor=self.actor, question=question)
        return Response(status=204)


class RankingsView(DoorView):
    @operation(
        "list_rankings", gives={200: RankingsSerializer}, refuses={404: UNKNOWN_BASE}, parameters=[SLUG]
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every ranking that was trained for the base, with the figures that decided whether it serves."""
        self.actor.require(TRAIN)
        with self.scope():
            base = visible(self.actor, "base", slug, permission=TRAIN)
            found = rankings_visible_to(self.actor).filter(base=base)[:PAGE]
            return Response({"rankings": [presenting.ranking(one) for one in found]})

    @operation(
        "train_ranking",
        gives={202: schemas.JobSerializer},
        refuses={400: ("too_few_questions",), 404: UNKNOWN_BASE, 409: ("training_under_way",)},
        parameters=[SLUG],
        writes=True,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Queue the training of a ranking; it serves only when it proves better than none."""
        self.actor.require(TRAIN)
        base = self.find("base", slug, permission=TRAIN)
        return Response(shapes.job(ranking_training.request(actor=self.actor, base=base)), status=202)

    @operation(
        "retire_ranking", gives={204: None}, refuses={404: UNKNOWN_BASE}, parameters=[SLUG], writes=True
    )
    def delete(self, request: Request, slug: str) -> Response:
        """From its next version on the base ranks without what it learned."""
        self.actor.require(TRAIN)
        base = self.find("base", slug, permission=TRAIN)
        ranking_training.retire(actor=self.actor, base=base)
        return Response(status=204)
