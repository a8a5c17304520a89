"""Answers in the console: to read, to teach from, never to change."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of, shown_label
from apps.console.decorators import display
from apps.console.filters import TaskFilter
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.answering.policies import accounts_of_all
from sunmao.answering.presenting import labelled
from sunmao.core.errors import Message
from sunmao.core.ids import reference
from sunmao.core.resolving import visible
from sunmao.core.vertical import title_of_task
from sunmao.evaluation.selectors import EDIT
from sunmao.evaluation.suites.from_answers import case_from_answer
from sunmao.knowledge.learning import confirming
from sunmao.knowledge.learning.selectors import CONFIRM, confirmable

_MARKS = re.compile(r"\[\d{1,3}\]")
OUTCOMES = {
    Outcome.ANSWERED: "success",
    Outcome.UNANSWERED: "warning",
    Outcome.STOPPED: "info",
    Outcome.WITHHELD: "danger",
}


def _pretty(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))


def _said(record: AnswerRecord) -> str:
    """What a model wrote; an extract would only say the passage again."""
    own = record.outcome == Outcome.ANSWERED and record.engine != "extractive"
    return _MARKS.sub("", str(record.text)) if own else ""


@admin.register(AnswerRecord)
class AnswerRecordAdmin(ReadOnlyAdmin):
    """Filter by outcome `unanswered` to see what the knowledge lacks."""

    view_permission = "answering.record.read_all"
    empty = _("Nothing was asked yet. Each answer of the portal and of the API leaves its record here.")
    list_display = ("question", "shown_task", "shown_outcome", "engine", "seconds", "created_at")
    list_filter = ("outcome", TaskFilter, "engine")
    change_form_outer_before_template = "console/answer_actions.html"
    fields = (
        "question", "outcome_name", "text", "shown_label", "shown_task", "engine", "model", "relevance",
        "seconds",
        "shown_citations", "shown_findings", "shown_guards", "shown_spans", "knowledge", "release_id",
        "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnswerRecord]:
        return AnswerRecord.objects.filter(accounts_of_all(actor_of(request)))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Whoever may teach a base says here which of the passages that were read answers the question."""
        actor = actor_of(request)
        shown = self.get_queryset(request) if actor and actor.can(self.view_permission) else None
        record = shown.filter(pk=reference(object_id)).first() if shown is not None else None
        if request.method == "POST" and record and "confirm" in request.POST:
            passage = visible(actor, "passage", request.POST["confirm"])
            told = gettext("The base's next version finds this passage sooner for such questions.")
            self.attempt(
                request, told, confirming.confirm,
                base=passage.document.base, question=str(record.question), passage=passage,
                answer=_said(record), person_key=record.person_key,
            )  # fmt: skip
            return redirect(request.path)
        if request.method == "POST" and record and "make_case" in request.POST:
            told = gettext("The answer is a case now. Releases must pass it before they serve.")
            named = [one.strip() for one in request.POST.get("documents", "").split(",") if one.strip()]
            self.attempt(
                request, told, case_from_answer,
                record=record, correction=request.POST.get("correction", ""), documents=named,
            )  # fmt: skip
            return redirect(request.path)
        passages = (
            confirmable(actor, [one["passage_id"] for one in record.read])
            if record and actor.can(CONFIRM)
            else []
        )
        may_make_case = bool(record) and actor.can(EDIT)
        context = {**(extra_context or {}), "passages": passages, "may_make_case": may_make_case}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, context))

    @display(description=_("outcome"), label=OUTCOMES)
    def shown_outcome(self, obj: AnswerRecord) -> tuple[str, Message]:
        return obj.outcome, Outcome(obj.outcome).label

    @display(description=_("task"), ordering="task")
    def shown_task(self, obj: AnswerRecord) -> str:
        return title_of_task(obj.task)

    @display(description=_("outcome"))
    def outcome_name(self, obj: AnswerRecord) -> Message:
        return Outcome(obj.outcome).label

    @display(description=_("label"))
    def shown_label(self, obj: AnswerRecord) -> SafeString | str:
        return shown_label(labelled(obj)) or "–"

    @display(description=_("citations"))
    def shown_citations(self, obj: AnswerRecord) -> SafeString:
        return _pretty(obj.citations)

    @display(description=_("findings"))
    def shown_findings(self, obj: AnswerRecord) -> SafeString:
        return _pretty(obj.findings)

    @display(description=_("guards"))
    def shown_guards(self, obj: AnswerRecord) -> SafeString:
        return _pretty(obj.guards)

    @display(description=_("trace"))
    def shown_spans(self, obj: AnswerRecord) -> SafeString:
        return _pretty(obj.spans)
