"""What bases learn: confirmed questions, and the rankings that were trained on them."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.core.errors import Message
from sunmao.core.resolving import visible
from sunmao.knowledge import ranking_training
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.models import ConfirmedQuestion, Ranking, RankingState, Source
from sunmao.knowledge.learning.selectors import (
    CONFIRM,
    READ,
    TRAIN,
    names_of,
    questions_visible_to,
    rankings_visible_to,
)
from sunmao.knowledge.policies import bases_visible_to

COLOURS = {RankingState.ACTIVE: "success", RankingState.RETIRED: "info", RankingState.REFUSED: "warning"}
SHOWN = 60


@admin.register(ConfirmedQuestion)
class ConfirmedQuestionAdmin(ReadOnlyAdmin):
    """They are confirmed where an answer is looked at; here they are found again and withdrawn."""

    view_permission = READ
    list_display = (
        "short",
        "shown_base",
        "shown_document",
        "shown_label",
        "shown_source",
        "who",
        "created_at",
    )
    list_filter = ("base", "source")
    search_fields = ("question",)
    fields = (
        "question",
        "answer",
        "shown_base",
        "shown_document",
        "shown_label",
        "answering",
        "shown_source",
        "who",
        "created_at",
    )
    actions = ("withdraw",)
    list_before_template = "console/how_to_confirm.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConfirmedQuestion]:
        return questions_visible_to(actor_of(request))

    def get_actions(self, request: HttpRequest) -> Any:
        return super().get_actions(request) if actor_of(request).can(CONFIRM) else {}

    @display(description=_("question"))
    def short(self, obj: ConfirmedQuestion) -> str:
        return Truncator(obj.question).chars(SHOWN)

    @display(description=_("base"), ordering="base")
    def shown_base(self, obj: ConfirmedQuestion) -> str:
        return str(obj.base)

    @display(description=_("document"), ordering="document")
    def shown_document(self, obj: ConfirmedQuestion) -> str:
        return str(obj.document)

    @display(description=_("passage"))
    def shown_label(self, obj: ConfirmedQuestion) -> str:
        return obj.label

    @display(description=_("source"))
    def shown_source(self, obj: ConfirmedQuestion) -> Message:
        return Source(obj.source).label

    @display(description=_("confirmed by"))
    def who(self, obj: ConfirmedQuestion) -> str:
        return names_of([obj]).get(obj.confirmed_by, "–")

    @display(description=_("answering passage"))
    def answering(self, obj: ConfirmedQuestion) -> str:
        return obj.passage.text

    @admin.action(description=_("Withdraw: it no longer counts"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[ConfirmedQuestion]) -> None:
        done = sum(self.attempt(request, "", confirming.withdraw, question=one) for one in queryset)
        if done:
            told = ngettext("%(count)d question was withdrawn.", "%(count)d questions were withdrawn.", done)
            self.message_user(request, told % {"count": done})


@admin.register(Ranking)
class RankingAdmin(ReadOnlyAdmin):
    """Each training with the figures that decided; the buttons above the list train and end."""

    view_permission = TRAIN
    list_display = (
        "shown_base", "number", "shown_state", "questions", "before", "after", "unseen", "created_at",
    )  # fmt: skip
    list_filter = ("base",)
    list_display_links = None
    list_before_template = "console/train_ranking.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ranking]:
        return rankings_visible_to(actor_of(request))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        actor = actor_of(request)
        if request.method == "POST":
            if not self.has_view_permission(request):
                raise PermissionDenied
            self._act(request)
            return redirect(request.path)
        bases = bases_visible_to(actor, TRAIN) if actor and actor.can(TRAIN) else []
        context = {**(extra_context or {}), "bases": bases, "fewest": ranking_training.FEWEST}
        return cast(HttpResponse, super().changelist_view(request, context))

    def _act(self, request: HttpRequest) -> None:
        base = visible(actor_of(request), "base", request.POST.get("base", ""), permission=TRAIN)
        if "train" in request.POST:
            told = gettext("The training was queued. Its outcome will stand in this list.")
            self.attempt(request, told, ranking_training.request, base=base)
        elif "retire" in request.POST:
            told = gettext("The base ranks without what it learned from its next version on.")
            self.attempt(request, told, ranking_training.retire, base=base)

    @display(description=_("state"), label=COLOURS)
    def shown_state(self, obj: Ranking) -> tuple[str, Message]:
        return obj.state, RankingState(obj.state).label

    @display(description=_("base"), ordering="base")
    def shown_base(self, obj: Ranking) -> str:
        return str(obj.base)

    @display(description=_("without it (MRR)"))
    def before(self, obj: Ranking) -> str:
        return _figure(obj, "mrr_before")

    @display(description=_("with it (MRR)"))
    def after(self, obj: Ranking) -> str:
        return _figure(obj, "mrr_after")

    @display(description=_("passages never confirmed before"))
    def unseen(self, obj: Ranking) -> str:
        return f"{_figure(obj, 'unseen_mrr_before')} → {_figure(obj, 'unseen_mrr_after')}"


def _figure(ranking: Ranking, name: str) -> str:
    value = ranking.metrics.get(name)
    return f"{value:.3f}" if value is not None else "–"
