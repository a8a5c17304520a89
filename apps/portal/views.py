"""Pages that belong to no vertical: the start page, evidence, the language."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods

from sunmao.accounts import services
from sunmao.accounts.decorators import member_required
from sunmao.accounts.middleware import MemberRequest
from sunmao.answering.pages import conversation_url
from sunmao.answering.selectors import (
    citation_of,
    own_exchange,
    passage_read,
    quoted_spans,
    visible_record,
)
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.knowledge.pages import passage_context
from sunmao.knowledge.selectors import document_counts


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on every page, the console's and error pages' included."""
    return redirect(static("ui/img/favicon.svg"), permanent=True)


@require_GET
@member_required
def home(request: HttpRequest) -> HttpResponse:
    member = cast(MemberRequest, request)
    context: dict[str, Any] = {}
    if member.actor.can("console.site.open"):
        context["bases_summary"] = document_counts(member.actor)
    return render(request, "ui/home.html", context)


@require_GET
@member_required
def passage(request: HttpRequest, passage_id: UUID) -> HttpResponse:
    """A fragment for the evidence panel, or a page; `record` says which spans an answer quoted."""
    actor, record_id = cast(MemberRequest, request).actor, request.GET.get("record", "")
    fragment = bool(request.headers.get("HX-Request"))
    back = {"back_url": "" if fragment else _answer_url(actor, record_id)}
    try:
        found = passage_read(actor=actor, record_id=record_id, passage_id=passage_id)
    except NotFound:
        cited = citation_of(actor=actor, record_id=record_id, passage_id=passage_id)
        if cited is None:
            raise
        # Nothing is shown that the answer has not told already.
        template = "ui/_gone.html" if fragment else "ui/gone.html"
        return render(request, template, {"citation": cited, **back}, status=410)
    spans = quoted_spans(actor=actor, record_id=record_id, passage_id=passage_id)
    template = "ui/_evidence.html" if fragment else "ui/passage.html"
    return render(request, template, {**passage_context(found, spans, record_id=record_id), **back})


def _answer_url(actor: Actor, record_id: str) -> str:
    """The conversation in which an own answer was given."""
    try:
        record = visible_record(actor=actor, record_id=record_id)
        return conversation_url(own_exchange(actor=actor, exchange_id=record.exchange_id))
    except NotFound:
        return ""


@require_http_methods(["POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own view, and the choice is kept with the person."""
    from django.views.i18n import set_language as keep_in_cookie

    language = request.POST.get("language", "")
    if request.user.is_authenticated and translation.check_for_language(language):
        services.choose_language(user=request.user, language=language)
    return keep_in_cookie(request)
