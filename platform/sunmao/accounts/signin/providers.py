"""django-allauth asks here for identity providers: they are rows of organisations, found by their slug."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError
from django.http import HttpRequest
from requests import RequestException, Session

from sunmao.accounts.signin import connections, sso
from sunmao.accounts.signin.claims import InvalidToken, ProviderRefused
from sunmao.accounts.signin.fetching import ProviderSession
from sunmao.accounts.signin.models import Connection, Protocol


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        return provider_of(request, connections.at_the_door(provider))

    def get_requests_session(self) -> Session:
        return ProviderSession()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """allauth has finished the exchange; from here on it is about our people."""
        provider = sociallogin.provider
        try:
            claims = provider.claims(sociallogin)
            response = sso.let_in(
                request=request,
                connection=provider.connection,
                claims=claims,
                redirect_url=sociallogin.state.get("next"),
            )
        except ProviderRefused as refused:
            response = sso.turn_away(request=request, connection=provider.connection, reason=refused.reason)
        raise ImmediateHttpResponse(response)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        **_: Any,
    ) -> None:
        reason = "cancelled" if error == AuthError.CANCELLED else _reason(exception)
        raise ImmediateHttpResponse(
            sso.turn_away(request=request, connection=provider.connection, reason=reason)
        )


def _reason(exception: Exception | None) -> str:
    """A class, never the provider's own words: those may hold anything."""
    match exception:
        case None:
            return "wrong_state"
        case InvalidToken():
            return exception.reason
        case RequestException():
            return "provider_unreachable"
        case _:
            return "code_refused"


def provider_of(request: HttpRequest, connection: Connection) -> Any:
    made: Any
    if connection.protocol == Protocol.SAML:
        from sunmao.accounts.signin.saml import SamlProvider

        made = SamlProvider(request, SocialApp(provider="saml", provider_id=connection.slug))
    else:
        from sunmao.accounts.signin.oidc import OidcProvider

        made = OidcProvider(request, _app(connection))
    made.connection = connection
    return made


def _app(connection: Connection) -> SocialApp:
    return SocialApp(
        provider="openid_connect",
        provider_id=connection.slug,
        name=connection.name,
        client_id=connection.client_id,
        secret=connection.client_secret,
        settings={
            "server_url": connection.issuer.rstrip("/") + "/.well-known/openid-configuration",
            "oauth_pkce_enabled": True,
        },
    )
