"""Exchanges as the work page shows them."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sunmao.answering.models import AnswerRecord, Exchange, Outcome
from sunmao.answering.presenting import label_text, labelled
from sunmao.answering.privacy import for_asker, question_for_asker
from sunmao.answering.rendering import passage_url, render
from sunmao.answering.tooling.pages import actions_shown
from sunmao.core.errors import Message
from sunmao.knowledge.text.picking import heading_of

STEP_NAMES: dict[str, Message] = {
    "protect": _("Personal data replaced"),
    "screen": _("Question checked"),
    "inspect": _("Question examined"),
    "intend": _("Entry written"),
    "resolve": _("Release chosen"),
    "retrieve": _("Passages found"),
    "apply_rules": _("Rules applied"),
    "admit": _("Question admitted"),
    "moderate": _("Moderation service asked"),
    "render": _("Prompt prepared"),
    "generate": _("Answer written"),
    "verify": _("Citations verified"),
}


def turn(exchange: Exchange) -> dict[str, Any]:
    record = getattr(exchange, "record", None)
    return {
        "id": exchange.pk,
        "question": question_for_asker(exchange),
        "pending": not exchange.has_ended,
        "stream_url": reverse("portal:stream", args=[exchange.pk]),
        "stop_url": reverse("portal:stop", args=[exchange.pk]),
        "answer": answer(exchange, record) if record else None,
        "error": error(exchange.error) if exchange.error else None,
    }


def error(detail: dict[str, Any]) -> dict[str, Any]:
    texts = detail.get("texts", {})
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "code": detail.get("code"),
        "status": detail.get("status", 500),
        "message": texts.get(language, ""),
    }


def answer(exchange: Exchange, record: AnswerRecord) -> dict[str, Any]:
    record = for_asker(record)
    return {
        "record_id": record.pk,
        "kind": _kind(record),
        "kind_label": _kind_label(record),
        "outcome": record.outcome,
        "html": render(record.text, record.citations, record_id=record.pk),
        "citations": [citation(stored, record.pk) for stored in record.citations],
        "findings": record.findings,
        "actions": actions_shown(record),
        "label": label_text(record),
        "aigc": json.dumps(aigc, ensure_ascii=False) if (aigc := labelled(record)["aigc"]) else "",
        "feedback_url": reverse("portal:feedback", args=[exchange.pk]),
        "feedback": exchange.feedback,
        "seconds": record.seconds,
        "knowledge_version": ", ".join(f"{base} {version}" for base, version in record.versions.items()),
        "steps": [
            {"name": STEP_NAMES.get(span["name"], span["name"]), "milliseconds": span["milliseconds"]}
            for span in record.spans
        ],
    }


def citation(stored: dict[str, Any], record_id: object) -> dict[str, Any]:
    return {
        "number": stored["number"],
        "title": stored["document"],
        "heading": heading_of(*stored["heading_path"], stored["label"]),
        "page": stored["page"],
        "quote": stored["quote"],
        "url": passage_url(stored, record_id),
        "passage_id": stored["passage_id"],
        "language": stored["language"],
    }


def _kind(record: AnswerRecord) -> str:
    if record.outcome in (Outcome.UNANSWERED, Outcome.WITHHELD):
        return "none"
    return "extract" if record.engine == "extractive" else "model"


def _kind_label(record: AnswerRecord) -> Message:
    kind = _kind(record)
    if record.outcome == Outcome.WITHHELD:
        return _("The answer was withheld")
    if kind == "none":
        return _("No answer from the knowledge base")
    if kind == "extract":
        return _("Extract from the knowledge base")
    return _("Drafted by %(model)s") % {"model": record.model}
