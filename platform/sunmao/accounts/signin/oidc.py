"""OpenID Connect through django-allauth, with the checks that it leaves to its caller.

The state, PKCE and the exchange of the code are allauth's. Here an ID token is always verified against the
provider's published keys, must carry the nonce of this very sign-in, and counts once.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from sunmao.accounts.signin import throttle
from sunmao.accounts.signin.claims import Claims, InvalidToken, ProviderRefused
from sunmao.accounts.signin.models import Connection

CLOCK_SKEW = timedelta(seconds=90)
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
REQUIRED = ("iss", "sub", "aud", "exp", "iat", "nonce")
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sms", "fpt", "face"})

REASONS: dict[type[Exception], str] = {
    jwt.InvalidSignatureError: "wrong_signature",
    jwt.InvalidAudienceError: "wrong_audience",
    jwt.InvalidIssuerError: "wrong_issuer",
    jwt.ExpiredSignatureError: "expired",
    jwt.ImmatureSignatureError: "too_early",
}


class OidcAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth is untyped
    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document, which must be about the issuer that was connected."""
        if not hasattr(self, "_found"):
            found = _json(self.get_provider().server_url)
            if found.get("issuer") != self.get_provider().connection.issuer:
                raise InvalidToken("wrong_issuer")
            if not all(isinstance(found.get(name), str) for name in ENDPOINTS):
                raise InvalidToken("incomplete_discovery")
            self._found = found
        return self._found

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        claims = self.verified(kwargs["response"].get("id_token"))
        endpoint = self.openid_config.get("userinfo_endpoint")
        told = self._fetch_user_info(token.token) if endpoint else {}
        if told and told.get("sub") != claims["sub"]:
            raise InvalidToken("wrong_subject")
        data = {"id_token": claims, "userinfo": {**claims, **told}}
        return self.get_provider().sociallogin_from_response(request, data)

    def verified(self, token: object) -> dict[str, Any]:
        if not isinstance(token, str):
            raise InvalidToken("no_id_token")
        try:
            claims = self._decoded(token)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise InvalidToken(REASONS.get(type(error), "invalid_token")) from error
        until = datetime.fromtimestamp(claims["exp"], UTC) + CLOCK_SKEW
        if not throttle.spend(kind="id_token", value=token, until=until):
            raise InvalidToken("replayed")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        connection: Connection = self.get_provider().connection
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise ValueError("algorithm")
        claims: dict[str, Any] = jwt.decode(
            token,
            key=self._key(header),
            algorithms=[header["alg"]],
            audience=connection.client_id,
            issuer=connection.issuer,
            leeway=CLOCK_SKEW,
            options={"require": list(REQUIRED)},
        )
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != connection.client_id:
            raise ValueError("authorised party")
        return claims

    def _key(self, header: dict[str, Any]) -> Any:
        """The provider's key of this name; without a name only when there is just one that could be meant."""
        keys = _json(self.openid_config["jwks_uri"])["keys"]
        found = [key for key in keys if key.get("use", "sig") == "sig"]
        named = [key for key in found if "kid" not in header or key.get("kid") == header["kid"]]
        if len(named) != 1:
            raise ValueError("unknown key")
        return jwt.PyJWK.from_json(json.dumps(named[0]), algorithm=header["alg"]).key


class OidcProvider(OpenIDConnectProvider):  # type: ignore[misc]
    oauth2_adapter_class = OidcAdapter
    connection: Connection

    def get_callback_url(self) -> str:
        return reverse("openid_connect_callback", kwargs={"provider_id": self.app.provider_id})

    def start(self, request: HttpRequest, *, next_url: str | None, login_hint: str = "") -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        asked = {"nonce": nonce} | ({"login_hint": login_hint} if login_hint else {})
        try:
            return cast(
                HttpResponse,
                self.redirect(request, "login", next_url, nonce=nonce, auth_params=asked),
            )
        except requests.RequestException as error:
            raise ProviderRefused("provider_unreachable") from error
        except InvalidToken as error:
            raise ProviderRefused(error.reason) from error

    def claims(self, login: Any) -> Claims:
        """What a finished exchange says. Raises `ProviderRefused` when it belongs to another sign-in."""
        told, token = login.account.extra_data["userinfo"], login.account.extra_data["id_token"]
        nonce = str(login.state.get("nonce") or "")
        if not nonce or not secrets.compare_digest(nonce.encode(), str(token["nonce"]).encode()):
            raise ProviderRefused("wrong_nonce")
        methods = token.get("amr") if isinstance(token.get("amr"), list) else []
        return Claims(
            subject=str(token["sub"]),
            email=str(told.get("email") or ""),
            email_verified=told.get("email_verified") in (True, "true"),
            username=str(told.get("preferred_username") or ""),
            name=str(told.get("name") or ""),
            groups=_texts(told.get(self.connection.groups_claim or None)),
            second_factor="mfa" in methods or len(SECOND_FACTORS.intersection(map(str, methods))) > 1,
        )


def _texts(value: object) -> frozenset[str]:
    many = value if isinstance(value, list) else [value] if value else []
    return frozenset(str(one) for one in many)


def _json(url: str) -> dict[str, Any]:
    with get_adapter().get_requests_session() as session:
        response = session.get(url)
        response.raise_for_status()
        found = response.json()
    if not isinstance(found, dict):
        raise InvalidToken("unreadable")
    return found
