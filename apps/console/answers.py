"""Answers, releases and the audit log in the console: to read, never to change."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.console.base import ReadOnlyAdmin
from apps.console.decorators import display
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.audit.models import Entry
from sunmao.core.errors import Message
from sunmao.releases.models import Release

OUTCOMES = {Outcome.ANSWERED: "success", Outcome.UNANSWERED: "warning", Outcome.STOPPED: "info"}


def _pretty(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=2))


@admin.register(AnswerRecord)
class AnswerRecordAdmin(ReadOnlyAdmin):
    """Filter by outcome `unanswered` to see what the knowledge lacks."""

    view_permission = "answering.record.read_all"
    list_display = ("question", "task", "shown_outcome", "engine", "seconds", "created_at")
    list_filter = ("outcome", "task", "engine")
    search_fields = ("question",)
    fields = (
        "question", "outcome_name", "text", "task", "engine", "model", "relevance", "seconds",
        "shown_citations", "shown_findings", "shown_spans", "knowledge", "release_id", "created_at",
    )  # fmt: skip

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

    @display(description=_("trace"))
    def shown_spans(self, obj: AnswerRecord) -> SafeString:
        return _pretty(obj.spans)


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    view_permission = "releases.release.read"
    list_display = ("vertical", "task", "number", "state", "engine", "created_at")
    list_filter = ("vertical", "state")
    fields = ("vertical", "task", "number", "state", "engine", "prompts", "bases", "retrieval", "created_at")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    view_permission = "audit.entry.read"
    list_display = ("at", "actor_name", "verb", "subject_kind", "subject_id")
    list_filter = ("verb", "actor_kind")
    search_fields = ("actor_name", "subject_id")
    fields = (
        "at",
        "actor_kind",
        "actor_name",
        "verb",
        "subject_kind",
        "subject_id",
        "shown_detail",
        "request_id",
    )

    @display(description=_("detail"))
    def shown_detail(self, obj: Entry) -> SafeString:
        return _pretty(obj.detail)
