"""Errors as pages, and as fragments for parts of a page."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Forbidden, InvalidInput, NotFound, SunmaoError, Unauthenticated
from sunmao.core.outages import DatabaseUnavailable, outage


class ErrorPageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, SunmaoError) else outage(exception)
        return error_page(request, error) if error else None


def error_page(request: HttpRequest, error: SunmaoError) -> HttpResponse:
    """htmx swaps fragments in place; the status stays, so that it is an error for machines too."""
    fragment = bool(request.headers.get("HX-Request"))
    template = "ui/_error.html" if fragment else "ui/error.html"
    # The shell around a page asks the database who is there; without one the page stands alone.
    bare = isinstance(error, DatabaseUnavailable)
    page = render_to_string(template, {"error": error.as_dict()}, None if bare else request)
    response = HttpResponse(page, status=error.status)
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    if fragment and isinstance(error, Unauthenticated):
        response["HX-Refresh"] = "true"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, InvalidInput())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, Forbidden())


class StalePage(Forbidden):
    code = "csrf_failed"
    default_message = _("This page has become stale. Reload it and try again; nothing was changed.")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was opened before signing in, or that another site sent."""
    return error_page(request, StalePage())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """No request context: whatever failed may fail again while the page is drawn."""
    error = outage(sys.exception())
    if error:
        return error_page(request, error)
    told = SunmaoError().as_dict()
    if request.path.startswith("/api/"):
        return JsonResponse({**told, "detail": told["message"]}, status=500)
    return HttpResponse(render_to_string("ui/error.html", {"error": told}), status=500)
