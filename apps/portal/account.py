"""A person's own sign-in: password, second factors, sessions, organisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.recovery_codes.views import DownloadRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.portal.doors import WithPasskeyOptions, slowed_down
from apps.portal.forms import NewPasswordForm
from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.signin import factors, passwords, sessions
from sunmao.accounts.signin.opening import opening
from sunmao.accounts.signin.standing import choose_organisation, names_of, standing
from sunmao.core.errors import InvalidInput, SunmaoError

Form = Any
View = Callable[..., HttpResponse]


def fresh_proof(view: View) -> View:
    """Who they are was proven in the last ten minutes, or is proven now."""
    return cast(View, reauthentication_required(app="allauth.mfa")(view))


@require_GET
@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    user = cast(MemberRequest, request).user
    found, own = standing(request), factors.factors_of(user)
    context = {
        "factors": own,
        "has_app": any(factor.kind == "totp" for factor in own),
        "sessions": [(one, sessions.browser_of(one.user_agent)) for one in sessions.sessions_of(user)],
        "session_key": request.session.session_key,
        "by_provider": opening(request).by_provider,
        "needs_second_factor": found.needs_second_factor,
        "organisations": len(found.open_to),
    }
    return render(request, "ui/account/security.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def organisations(request: HttpRequest) -> HttpResponse:
    """Choose for which organisation one is here."""
    if request.method == "POST":
        choose_organisation(request=request, organisation_id=request.POST.get("organisation", ""))
        return HttpResponseRedirect(_safe_next(request))  # an address, never a name to look up
    found = standing(request)
    names = names_of(found.open_to)
    choices = [(one.organisation_id, names[one.organisation_id]) for one in found.open_to]
    current = found.membership.organisation_id if found.membership else None
    context = {"choices": choices, "current": current, "next": request.GET.get("next", "")}
    return render(request, "ui/account/organisations.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
@fresh_proof
def password(request: HttpRequest) -> HttpResponse:
    user = factors.require_own(request)
    form = NewPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.change_password(request=request, password=form.cleaned_data["new_password1"])
        except InvalidInput as error:
            form.add_error("new_password1", str(error.fields["password"]))
        else:
            messages.success(request, _("Your password was changed. You were signed out everywhere else."))
            return redirect("mfa_index")
    return render(request, "ui/account/password.html", {"form": form})


class EnrolApp(ActivateTOTPView):  # type: ignore[misc]  # allauth is untyped
    template_name = "ui/account/app.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        factors.require_own(request)
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))

    def form_valid(self, form: Form) -> HttpResponse:
        with_codes = factors.enrol_app(request=self.request, form=form)
        messages.success(self.request, _("The authenticator app is set up."))
        return redirect("mfa_view_recovery_codes" if with_codes else "mfa_index")


class EnrolPasskey(WithPasskeyOptions, AddWebAuthnView):  # type: ignore[misc]
    template_name = "ui/account/passkey.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        factors.require_own(request)
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))

    def form_valid(self, form: Form) -> HttpResponse:
        given = form.cleaned_data
        with_codes = factors.enrol_passkey(
            request=self.request, name=given["name"][:100], credential=given["credential"]
        )
        messages.success(self.request, _("The passkey is set up."))
        return redirect("mfa_view_recovery_codes" if with_codes else "mfa_index")


class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc]
    template_name = "ui/account/recovery_codes.html"


class DownloadRecoveryCodes(DownloadRecoveryCodesView):  # type: ignore[misc]
    pass


@require_POST
@login_required
@fresh_proof
def renew_recovery_codes(request: HttpRequest) -> HttpResponse:
    factors.renew_recovery_codes(request=request)
    return redirect("mfa_view_recovery_codes")


@require_POST
@login_required
@fresh_proof
def remove_factor(request: HttpRequest, factor_id: int) -> HttpResponse:
    try:
        factors.remove(request=request, factor_id=factor_id)
    except SunmaoError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("It was removed. It does not open your account any more."))
    return redirect("mfa_index")


@require_POST
@login_required
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    ended = sessions.sign_out_elsewhere(request=request)
    told = ngettext("%(count)d other session was ended.", "%(count)d other sessions were ended.", ended)
    messages.success(request, told % {"count": ended})
    return redirect("mfa_index")


class ConfirmByPassword(ReauthenticateView):  # type: ignore[misc]
    template_name = "ui/account/confirm.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return slowed_down(super().post, request, *args, **kwargs)


class ConfirmByCode(ReauthenticateByCodeView):  # type: ignore[misc]
    template_name = "ui/account/confirm.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return slowed_down(super().post, request, *args, **kwargs)


class ConfirmByPasskey(WithPasskeyOptions, ReauthenticateWebAuthnView):  # type: ignore[misc]
    template_name = "ui/account/confirm_passkey.html"


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and ours else reverse("portal:home")
