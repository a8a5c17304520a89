"""The ways in: a name and a password, a passkey, a second step, and links that work once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.portal.forms import NewPasswordForm
from sunmao.accounts import services
from sunmao.accounts.signin import connections, door, entries, passwords, throttle
from sunmao.accounts.signin.forms import SignInForm
from sunmao.accounts.signin.standing import standing
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.origin import client_address

Form = Any


class SignIn(LoginView):
    template_name = "ui/sign_in.html"
    form_class = SignInForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return self._inside(request)
        return super().dispatch(request, *args, **kwargs)

    def _inside(self, request: HttpRequest) -> HttpResponse:
        """Whoever is signed in goes on; whoever may not act yet is told what is missing."""
        found = standing(request)
        if found.membership:
            return HttpResponseRedirect(self.get_success_url())  # an address, never a name to look up
        if found.needs_second_factor:
            return redirect("mfa_index")
        if found.needs_choice:
            return redirect("portal:organisations")
        return render(request, "ui/no_organisation.html", status=403)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except throttle.TooManyTries as error:
            # The fields are shown again without being looked at: that would be another try.
            context = {"form": self.form_class(request), "locked": error, **self._around()}
            return locked(render(request, self.template_name, context, status=error.status), error)

    def form_valid(self, form: Form) -> HttpResponse:
        return door.let_in(request=self.request, user=form.get_user(), redirect_url=self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self._around()

    def _around(self) -> dict[str, Any]:
        return {
            "connections": connections.listed(),
            "next": self.get_redirect_url(),
            "can_mail": bool(settings.EMAIL_HOST),
        }


class SignOut(LogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            door.note_sign_out(request)
        return super().post(request, *args, **kwargs)


class SignInByPasskey(LoginWebAuthnView):  # type: ignore[misc]  # allauth is untyped
    """The passkey says who it is; there is nothing to guess, only work to be slowed down."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        throttle.try_place(address=throttle.place(client_address(request.META)))
        return cast(HttpResponse, super().post(request, *args, **kwargs))

    def form_valid(self, form: Form) -> HttpResponse:
        found = form.cleaned_data["credential"]
        post_authentication(self.request, found, reauthenticated=True, passwordless=True)
        return cast(
            HttpResponse,
            perform_login(self.request, Login(user=found.user, redirect_url=_next(self.request))),
        )

    def form_invalid(self, form: Form) -> HttpResponse:
        address = client_address(self.request.META)
        entries.note_stranger("sign_in.failed", name="", address=address, reason="passkey")
        messages.error(self.request, _("This passkey was not accepted."))
        return redirect("account_login")


class WithPasskeyOptions:
    """The options for the browser's passkeys stand in an attribute: pages carry no script of their own."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"passkey_options": json.dumps(context.get("js_data", {}))}


class SecondStep(WithPasskeyOptions, AuthenticateView):  # type: ignore[misc]
    template_name = "ui/second_step.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return slowed_down(super().post, request, *args, **kwargs)


@require_http_methods(["GET", "POST"])
def first_run(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the administrator's password, once."""
    return _choose_password(
        request, token, services.first_run_user, services.use_first_run_link, "ui/first_run"
    )


@require_http_methods(["GET", "POST"])
def reset_password(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a new password with a link that an administrator handed out."""
    return _choose_password(
        request, token, passwords.reset_user, passwords.use_reset_link, "ui/reset_password"
    )


@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """A link by mail. The page says the same to everybody, and takes the same time."""
    if not settings.EMAIL_HOST:
        raise NotFound
    if request.method == "POST":
        passwords.ask_for_reset(request=request, username=request.POST.get("username", "")[:150])
    return render(request, "ui/forgotten.html", {"sent": request.method == "POST"})


def _choose_password(
    request: HttpRequest, token: str, find: Callable[[str], Any], use: Callable[..., Any], pages: str
) -> HttpResponse:
    try:
        user = find(token)
    except NotFound:
        return render(request, f"{pages}_invalid.html", status=410)
    form = NewPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = use(token=token, password=form.cleaned_data["new_password1"])
        except NotFound:
            return render(request, f"{pages}_invalid.html", status=410)
        except InvalidInput as error:
            form.add_error("new_password1", str(error.fields["password"]))
        else:
            logout(request)  # whoever was signed in here before was perhaps somebody else
            return door.let_in(request=request, user=user, redirect_url=reverse("portal:home"))
    return render(request, f"{pages}.html", {"form": form, "username": user.get_username()})


def slowed_down(view: Callable[..., Any], request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """A step of its own pages: too many tries are told on a page of theirs, with the time to wait."""
    try:
        return cast(HttpResponse, view(request, *args, **kwargs))
    except throttle.TooManyTries as error:
        return locked(render(request, "ui/locked.html", {"locked": error}, status=error.status), error)


def locked(response: HttpResponse, error: throttle.TooManyTries) -> HttpResponse:
    response["Retry-After"] = str(error.retry_after)
    return response


def _next(request: HttpRequest) -> str | None:
    from allauth.account.utils import get_next_redirect_url

    return cast(str | None, get_next_redirect_url(request))
