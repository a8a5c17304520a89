"""What the shell around every page shows."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from apps.portal import consent
from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.selectors import verticals_for
from sunmao.core.vertical import Vertical


def shell(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(cast(MemberRequest, request), "actor", None)
    if not actor or request.path.startswith("/console/"):
        return {}
    portals = [_portal(vertical) for vertical in verticals_for(actor)]
    return {
        "portals": [portal for portal in portals if portal],
        "can_console": actor.can("console.site.open"),
        "training_consent": consent.of_page(request),
    }


def _portal(vertical: Vertical) -> dict[str, Any] | None:
    try:
        url = reverse(f"{vertical.slug}:work")
    except NoReverseMatch:
        return None  # a vertical may have no pages
    return {
        "slug": vertical.slug,
        "title": vertical.title,
        "description": vertical.tagline,
        "accent": vertical.accent,
        "icon": vertical.icon,
        "url": url,
    }
