"""Pages that belong to no vertical: the way in, the start page, evidence."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods

from apps.portal.forms import FirstRunForm
from sunmao.accounts import services
from sunmao.accounts.decorators import member_required
from sunmao.accounts.middleware import MemberRequest
from sunmao.answering.selectors import quoted_spans
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.knowledge.pages import passage_context
from sunmao.knowledge.selectors import document_counts, visible_passage


class SignIn(views.LoginView):
    template_name = "ui/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """On a machine where no language was chosen yet, the person's own."""
        response = super().form_valid(form)
        language = cast(MemberRequest, self.request).user.language
        if language and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language)
        return response


@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the administrator's password, once."""
    try:
        user = services.first_run_user(token)
    except NotFound:
        return render(request, "ui/first_run_invalid.html", status=410)
    form = FirstRunForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.use_first_run_link(token=token, password=form.cleaned_data["new_password1"])
        except NotFound:
            return render(request, "ui/first_run_invalid.html", status=410)
        except InvalidInput as error:
            form.add_error("new_password1", str(error.fields["password"]))
        else:
            login(request, user)
            return redirect("portal:home")
    return render(request, "ui/first_run.html", {"form": form, "username": user.get_username()})


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
    member = cast(MemberRequest, request)
    found = visible_passage(actor=member.actor, passage_id=passage_id)
    spans = quoted_spans(actor=member.actor, record_id=request.GET.get("record", ""), passage_id=passage_id)
    template = "ui/_evidence.html" if request.headers.get("HX-Request") else "ui/passage.html"
    return render(request, template, passage_context(found, spans))


@require_http_methods(["POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own view, and the choice is kept with the person."""
    from django.views.i18n import set_language as keep_in_cookie

    language = request.POST.get("language", "")
    if request.user.is_authenticated and translation.check_for_language(language):
        services.choose_language(user=request.user, language=language)
    return keep_in_cookie(request)
