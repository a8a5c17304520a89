"""Every address of the product."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path


def _portals() -> list[URLPattern | URLResolver]:
    """`/<vertical>/` for every installed vertical that has pages."""
    return [
        path(f"{name.replace('_', '-')}/", include((f"verticals.{name}.portal", name)))
        for name in settings.VERTICALS
        if find_spec(f"verticals.{name}.portal")
    ]


urlpatterns = [
    path("console/", admin.site.urls),
    path("api/v1/", include("apps.api.urls")),
    path("v1/", include("apps.api.openai.urls")),
    path("", include("apps.api.root_urls")),
    path("", include("apps.portal.urls")),
    *_portals(),
]
handler400 = "apps.portal.errors.bad_request"
handler403 = "apps.portal.errors.forbidden"
handler404 = "apps.portal.errors.not_found"
handler500 = "apps.portal.errors.server_error"
