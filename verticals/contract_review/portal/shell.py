"""What every page of contract review shares."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.selectors import verticals_for
from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.vertical import config_of
from verticals.contract_review.service.rights import DECIDE, EDIT, RUN, SIGN, WRITE, may

SLUG = "contract_review"


def actor_of(request: HttpRequest) -> Actor:
    """Whoever asks, where this business line is enabled for them."""
    actor = cast(MemberRequest, request).actor
    if config_of(SLUG).vertical not in verticals_for(actor):
        raise NotFound(code="unknown_vertical")
    return actor


def shown(
    request: HttpRequest, template: str, context: dict[str, Any], *, here: str = "", status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    return render(
        request,
        f"contract_review/{template}",
        {"vertical": config_of(SLUG).vertical, "places": _places(here), "may": _may(actor), **context},
        status=status,
    )


def _places(here: str) -> list[dict[str, Any]]:
    names = (
        ("work", _("Review")),
        ("contracts", _("Contracts")),
        ("library", _("Clause library")),
        ("rules", _("Rules and figures")),
        ("handbook", _("Ask the handbook")),
    )
    return [
        {"url": reverse(f"{SLUG}:{name}"), "title": title, "is_current": name == here}
        for name, title in names
    ]


def _may(actor: Actor) -> dict[str, bool]:
    return {
        "write": may(actor, WRITE) and may(actor, RUN),
        "decide": may(actor, DECIDE),
        "sign": may(actor, SIGN),
        "edit": may(actor, EDIT),
    }


def wants_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
