"""What an identity provider says about somebody, whatever protocol it speaks."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Unauthenticated


@dataclass(frozen=True, kw_only=True)
class Claims:
    subject: str
    email: str = ""
    email_verified: bool = False
    username: str = ""
    name: str = ""
    groups: frozenset[str] = frozenset()
    second_factor: bool = False


class ProviderRefused(Unauthenticated):
    """What came from the provider does not count. `reason` is for the audit log, not for the visitor."""

    code = "provider_refused"
    default_message = _("The sign-in through your organisation did not succeed. Nothing was changed.")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class InvalidToken(OAuth2Error):  # type: ignore[misc]  # allauth is untyped
    """An ID token or a discovery document that does not count; allauth ends the exchange."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
