"""The console's site: who may enter, in which organisation, under which content policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp_replace
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from apps.console.base import ReadOnlyAdmin
from sunmao.accounts.middleware import MemberRequest
from sunmao.core import tenancy

# Unfold bundles the standard build of Alpine, which compiles expressions, and a few style attributes.
loosened = csp_replace(
    {
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "form-action": ["'self'"],
    }
)


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]  # Unfold is untyped
    site_title = _("Sunmao console")
    site_header = _("Sunmao console")
    index_title = _("Overview")
    index_template = "console/index.html"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Libraries bring pages of their own tables, under rights that are not ours: they stay out."""
        if admin_class and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        actor = cast(MemberRequest, request).actor
        return bool(actor) and actor.can("console.site.open")

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @loosened
        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                return cast(HttpResponse, inner(request, *args, **kwargs))
            with tenancy.scope(cast(MemberRequest, request).actor.organisation_id):
                # Templates are rendered lazily and would query after the transaction.
                response: HttpResponse = inner(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                return response

        return scoped

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One way in for everybody: the portal's sign-in, back to the console. Whoever has signed in and may
        not enter is told so; the sign-in would only send them back here."""
        if self.has_permission(request):
            return redirect("admin:index")
        if cast(MemberRequest, request).actor:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page for everybody's password: it asks again who it is, ends other sessions and is audited."""
        return redirect("portal:password")

    password_change_done = password_change
