"""The forms that look at a secret, with our limits: each try is counted, each code works once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from allauth.account.forms import ReauthenticateForm as AllauthPasswordForm
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import User
from sunmao.accounts.signin import door, entries, throttle
from sunmao.core.clock import now

CODE_LIFETIME = timedelta(minutes=2)


class SignInForm(AuthenticationForm):
    def clean(self) -> dict[str, Any]:
        username, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if username is not None and password:
            request = cast(HttpRequest, self.request)
            found = door.check_password(request=request, username=username, password=password)
            if found is None:
                raise self.get_invalid_login_error()
            self.user_cache = found
        return self.cleaned_data


class ConfirmByPasswordForm(AllauthPasswordForm):  # type: ignore[misc]
    def clean_password(self) -> str:
        password = cast(str, self.cleaned_data["password"])
        name = self.user.get_username()
        if door.check_password(request=context.request, username=name, password=password) is None:
            raise ValidationError(_("That is not your password."))
        return password


class _OneCode:
    """A field for a code: phones offer digits, and fill in what arrives."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label=_("Code"), max_length=32, widget=forms.TextInput(attrs={"inputmode": "numeric"})
        )


def _spend(user: User, code: str) -> None:
    """Each web process has a memory of its own, so that a used code is remembered in the database."""
    value = f"{user.pk}:{normalize_user_code(code)}"
    if not throttle.spend(kind="code", value=value, until=now() + CODE_LIFETIME):
        raise ValidationError(_("This code is not right, or was used already."))


class EnrolAppForm(_OneCode, ActivateTOTPForm):  # type: ignore[misc]
    """No limit is needed: the secret is on the same page. The code opens nothing afterwards."""

    user: User

    def clean_code(self) -> str:
        code = cast(str, super().clean_code())
        _spend(self.user, code)
        return code


class EnrolPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=100,
        help_text=_("So that you know it again, for example: laptop."),
    )
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone, without a password"), required=False, initial=True
    )


class _Guarded(_OneCode):
    """`clean_code` of allauth between counting the try and giving it back."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        tried = throttle.try_code(user_id=self.user.pk)
        try:
            code = cast(str, super().clean_code())  # type: ignore[misc]
            _spend(self.user, code)
        except ValidationError:
            self._note_failure(tried)
            raise
        throttle.give_back(tried)
        return code

    def _note_failure(self, tried: throttle.Try) -> None:
        verb = "sign_in.locked" if tried.locked_until else "sign_in.failed"
        entries.note(self.user, verb, known=False, reason="wrong_code")


class SecondStepForm(_Guarded, AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmByCodeForm(_Guarded, ReauthenticateForm):  # type: ignore[misc]
    pass
