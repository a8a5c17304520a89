"""Evidence: a passage beside an answer, on its own page, and inside its whole document."""

from __future__ import annotations

import re
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sunmao.accounts.decorators import member_required
from sunmao.accounts.middleware import MemberRequest
from sunmao.core.errors import Message
from sunmao.core.ids import parse_id
from sunmao.core.resolving import visible
from sunmao.core.tenancy import scope
from sunmao.knowledge.graph.extraction import is_on
from sunmao.knowledge.models import Passage
from sunmao.knowledge.origins import origin_for_readers
from sunmao.knowledge.selectors import standing_of

CONTEXT_CHARACTERS = 160
NOTICES: dict[str, Message] = {
    "removed": _("This document was removed since. Shown is what the answer read."),
    "rolled_back": _("The base went back to a version without this document. Shown is what the answer read."),
    "replaced": _("A later content has taken the place of this text. Shown is what the answer read."),
}


def passage_context(passage: Passage, spans: list[tuple[int, int]], *, record_id: str = "") -> dict[str, Any]:
    """What the evidence panel shows; `spans` are the quoted parts of the passage's text."""
    state = standing_of(passage)
    # Of a removed document nothing is shown but what the answer read.
    text = "" if state == "removed" else passage.revision.text
    url = reverse("portal:passage", args=[passage.pk])
    return {
        "notice": NOTICES.get(state, ""),
        "passage": {
            "document_title": passage.document.title,
            "base_title": passage.document.base.name,
            "heading_path": passage.heading_path,
            "label": passage.label if passage.label not in passage.heading_path else "",
            "page": passage.page,
            "revision_number": passage.revision.number,
            "effective_from": passage.revision.effective_from,
            "language": passage.language,
            "url": f"{url}{_said_in(record_id)}",
            "origin": origin_for_readers(passage.document),
        },
        "before": _last_line(text[max(0, passage.start - CONTEXT_CHARACTERS) : passage.start], passage.label),
        "quote_parts": parts(passage.text, spans or [(0, len(passage.text))]),
        "after": _first_line(text[passage.end : passage.end + CONTEXT_CHARACTERS]),
        "document_url": f"{url}document/{_said_in(record_id)}#cited" if text else "",
        "references_url": f"{url}references/" if _has_references(passage) else "",
    }


def _has_references(passage: Passage) -> bool:
    with scope(passage.organisation_id):
        return is_on(passage.document.base)


def _said_in(record_id: str) -> str:
    """So that one finds back to the answer."""
    return f"?record={record_id}" if parse_id(record_id) else ""


def parts(text: str, spans: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """The text cut at the borders of the spans; joined they are the text again."""
    cut, at = [], 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        cut += [{"text": text[at:start], "highlight": False}, {"text": text[start:end], "highlight": True}]
        at = end
    return [part for part in [*cut, {"text": text[at:], "highlight": False}] if part["text"]]


def _last_line(text: str, label: str) -> str:
    """What stands right above the passage, unless it is the heading that is shown anyway."""
    line = _plain(text.strip().rpartition("\n")[2])
    return "" if line == label else line


def _first_line(text: str) -> str:
    return _plain(text.strip().partition("\n")[0])


def _plain(line: str) -> str:
    """Without the marks of a Markdown heading."""
    return line.lstrip("#").strip()


def _blocks(text: str, *, title: str = "") -> list[dict[str, Any]]:
    """Paragraphs and headings; the title stands above them already."""
    found = []
    for block in re.split(r"\n(?=#{1,6} )|(?<=\n)\n+", text):
        first, _, rest = block.strip().partition("\n")
        if not re.match("#{1,6} ", first):
            first, rest = "", block.strip()
        heading, rest = _plain(first), rest.strip()
        if heading and heading != title:
            found.append({"text": heading, "is_heading": True})
        if rest:
            found.append({"text": rest})
    return found


@require_GET
@member_required
def document(request: HttpRequest, passage_id: UUID) -> HttpResponse:
    """The whole revision that the passage is from, with the passage marked."""
    member = cast(MemberRequest, request)
    passage = visible(member.actor, "passage", passage_id)
    revision = passage.revision
    context = {
        "document": {
            "title": revision.title or passage.document.name,
            "base_title": passage.document.base.name,
            "revision_number": revision.number,
            "effective_from": revision.effective_from,
            "effective_to": revision.effective_until,
            "language": passage.language,
            "origin": origin_for_readers(passage.document),
            "is_superseded": passage.document.current_id != revision.pk,
        },
        "parts": [
            *_blocks(revision.text[: passage.start], title=revision.title),
            {"text": passage.text, "highlight": True, "id": "cited"},
            *_blocks(revision.text[passage.end :]),
        ],
    }
    record = _said_in(request.GET.get("record", ""))
    context["passage_url"] = f"{reverse('portal:passage', args=[passage.pk])}{record}"
    return render(request, "ui/document.html", context)
