"""The first page of the console: what needs attention."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.console.base import actor_of
from sunmao.answering.selectors import unanswered
from sunmao.core.actor import Actor
from sunmao.jobs.models import JobState
from sunmao.knowledge.selectors import document_counts, documents_visible_to

SHOWN = 8


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    actor = actor_of(request)
    if actor.can("knowledge.document.read"):
        context["figures"] = _figures(actor)
        context["failed"] = list(documents_visible_to(actor).filter(job__state=JobState.FAILED)[:SHOWN])
    if actor.can("answering.record.read_all"):
        context["unanswered"] = list(unanswered(actor)[:SHOWN])
        context["unanswered_url"] = f"{reverse('admin:answering_answerrecord_changelist')}?outcome=unanswered"
    return context


def _figures(actor: Actor) -> list[dict[str, Any]]:
    counts = document_counts(actor)
    documents = reverse("admin:knowledge_document_changelist")
    return [
        {"name": _("Documents ready"), "value": counts["ready"], "url": documents},
        {"name": _("Being read in"), "value": counts["pending"], "url": f"{documents}?state=running"},
        {"name": _("Failed"), "value": counts["failed"], "url": f"{documents}?state=failed"},
    ]
