"""Where django-allauth asks us: its flows; our people, organisations and entries."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import User
from sunmao.accounts.signin import entries
from sunmao.accounts.signin.opening import opening
from sunmao.accounts.signin.standing import CHOSEN, standing
from sunmao.core.crypto import sealing
from sunmao.core.origin import client_address

NOWHERE = "0.0.0.0"  # noqa: S104  an address that nobody has


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": _("That is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by invitation, or through their organisation's identity provider."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request.META) or NOWHERE

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what happened."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """What changed stands in the audit log; an offline installation has no mail."""

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response = cast(HttpResponse, super().post_login(request, user, **kwargs))
        return arrive(request, user, response)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_login"))


def arrive(request: HttpRequest, user: User, response: HttpResponse) -> HttpResponse:
    """Write down the sign-in, and ask whoever has several organisations for which one they come."""
    found = standing(request)
    acting_in = found.membership.organisation_id if found.membership else None
    entries.note(user, "sign_in.succeeded", organisation_id=acting_in, **_how(request, user))
    if len(found.open_to) > 1 and CHOSEN not in request.session:
        wanted = response.headers.get("Location", "/")
        response = HttpResponseRedirect(f"{reverse('portal:organisations')}?{urlencode({'next': wanted})}")
    # On a machine where no language was chosen yet, the person's own.
    if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language)
    return response


def _how(request: HttpRequest, user: User) -> dict[str, Any]:
    opened = opening(request, user)
    return {
        "second_factor": opened.second_factor,
        "connection": str(opened.connection_id or ""),
    }


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or was used already."),
    }

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, context=SECRETS)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text, context=SECRETS)

    def generate_authenticator_name(self, *args: Any) -> str:
        return str(_("Passkey"))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Sunmao"}


SECRETS = "mfa_authenticator.data"
