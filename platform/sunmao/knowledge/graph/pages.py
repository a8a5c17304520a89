"""A passage among those that it refers to and that refer to it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sunmao.accounts.decorators import member_required
from sunmao.accounts.middleware import MemberRequest
from sunmao.core.errors import Message
from sunmao.core.resolving import visible
from sunmao.core.tenancy import scope
from sunmao.knowledge.graph import extraction
from sunmao.knowledge.graph.walking import Neighbour, neighbours
from sunmao.knowledge.models import Passage
from sunmao.knowledge.pins import BaseVersion

SHOWN = 220
TITLES: dict[str, Message] = {
    "refers_to": _("It refers to"),
    "defined_in": _("Its terms are defined in"),
    "referred_to_by": _("Referred to by"),
}


@require_GET
@member_required
def references(request: HttpRequest, passage_id: UUID) -> HttpResponse:
    actor = cast(MemberRequest, request).actor
    with scope(actor.organisation_id):
        passage = visible(actor, "passage", passage_id)
        base = passage.document.base
        found = neighbours(actor=actor, pin=BaseVersion(base, base.version), passage=passage)
        is_on = extraction.is_on(base)
    context = {
        "passage": _shown(passage),
        "passage_url": reverse("portal:passage", args=[passage.pk]),
        "groups": [
            {"title": title, "passages": [_shown(one.passage) for one in _of(found, relation)]}
            for relation, title in TITLES.items()
            if _of(found, relation)
        ],
        "is_on": is_on,
    }
    return render(request, "graph/references.html", context)


def _of(found: list[Neighbour], relation: str) -> list[Neighbour]:
    return [one for one in found if one.relation == relation]


def _shown(passage: Passage) -> dict[str, Any]:
    return {
        "title": passage.document.title,
        "label": passage.label or (passage.heading_path[-1] if passage.heading_path else ""),
        "excerpt": Truncator(" ".join(passage.text.split())).chars(SHOWN),
        "language": passage.language,
        "url": reverse("portal:references", args=[passage.pk]),
    }
