"""Answers and releases in the console: to read, never to change."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin, actor_of
from apps.console.decorators import display
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.answering.policies import accounts_of_all
from sunmao.core.errors import Message
from sunmao.releases.models import Release

OUTCOMES = {
    Outcome.ANSWERED: "success",
    Outcome.UNANSWERED: "warning",
    Outcome.STOPPED: "info",
    Outcome.WITHHELD: "danger",
}


def _pretty(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))


@admin.register(AnswerRecord)
class AnswerRecordAdmin(ReadOnlyAdmin):
    """Filter by outcome `unanswered` to see what the knowledge lacks."""

    view_permission = "answering.record.read_all"
    list_display = ("question", "task", "shown_outcome", "engine", "seconds", "created_at")
    list_filter = ("outcome", "task", "engine")
    fields = (
        "question", "outcome_name", "text", "task", "engine", "model", "relevance", "seconds",
        "shown_citations", "shown_findings", "shown_guards", "shown_spans", "knowledge", "release_id",
        "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnswerRecord]:
        return AnswerRecord.objects.filter(accounts_of_all(actor_of(request)))

    @display(description=_("outcome"), label=OUTCOMES)
    def shown_outcome(self, obj: AnswerRecord) -> tuple[str, Message]:
        return obj.outcome, Outcome(obj.outcome).label

    @display(description=_("outcome"))
    def outcome_name(self, obj: AnswerRecord) -> Message:
        return Outcome(obj.outcome).label

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


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    view_permission = "releases.release.read"
    list_display = ("vertical", "task", "number", "state", "engine", "created_at")
    list_filter = ("vertical", "state")
    fields = ("vertical", "task", "number", "state", "engine", "prompts", "bases", "retrieval", "created_at")
