"""SAML 2.0: python3-saml reads and verifies, django-allauth keeps the request's state.

Only an answer to a request of the same browser counts: its own signed assertion must name that request, must
be meant for us, and counts once. Nothing that the assertion does not sign is believed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, cast

from allauth.core.internal.httpkit import deserialize_request
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.sessions import LoginSession
from cryptography.x509 import load_pem_x509_certificate
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from sunmao.accounts.signin import throttle
from sunmao.accounts.signin.claims import Claims, ProviderRefused
from sunmao.accounts.signin.models import Connection
from sunmao.core.clock import now

CLOCK_SKEW = timedelta(seconds=90)
Names.ALLOWED_CLOCK_DRIFT = int(CLOCK_SKEW.total_seconds())
LONGEST_RESPONSE = 256 * 1024
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
EMAIL = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "email",
    "mail",
)
NAME = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "displayName",
)
SECOND_FACTOR = frozenset(
    {"https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn"}
)
REMEMBERED = timedelta(days=1)


class SamlProvider(SAMLProvider):  # type: ignore[misc]  # allauth is untyped
    connection: Connection

    def start(self, request: HttpRequest, *, next_url: str | None, login_hint: str = "") -> HttpResponse:
        asked = OneLogin_Saml2_Auth(_described(request), configuration(request, self.connection))
        address = asked.login(return_to="")
        self.stash_redirect_state(request, "login", next_url, state_id=asked.get_last_request_id())
        return HttpResponseRedirect(address)

    def finish(self, request: HttpRequest) -> tuple[Claims, str | None]:
        """What the provider posted, and where the person wanted to go."""
        posted = _posted(request)
        settings = OneLogin_Saml2_Settings(configuration(request, self.connection))
        try:
            response = OneLogin_Saml2_Response(settings, posted.POST.get("SAMLResponse", ""))
            asked = response.get_in_response_to()
            state = self.unstash_redirect_state(request, asked or "")
            response.is_valid(self._delivered(request), request_id=asked, raise_exceptions=True)
            return self._claims(response, asked), state.get("next")
        except PermissionDenied as error:
            raise ProviderRefused("wrong_state") from error
        except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as error:
            raise ProviderRefused(_reason(error)) from error
        except ProviderRefused:
            raise
        except Exception as error:  # noqa: BLE001  whatever a parser raises on what a stranger sent
            raise ProviderRefused("unreadable") from error

    def _delivered(self, request: HttpRequest) -> dict[str, Any]:
        """Where the answer was posted to, as seen by whoever posted it."""
        return _described(request) | {"path_info": reverse("saml_acs", args=[self.connection.slug])}

    def _claims(self, response: Any, asked: str) -> Claims:
        _require_signed_answer(response, asked)
        told = response.get_attributes()
        subject = (told.get("urn:oasis:names:tc:SAML:attribute:subject-id") or [None])[0]
        email = _first(told, EMAIL)
        return Claims(
            subject=subject or response.get_nameid(),
            email=email,
            name=_first(told, NAME),
            username=email.partition("@")[0],
            groups=frozenset(told.get(self.connection.groups_claim) or ()),
            second_factor=bool(SECOND_FACTOR.intersection(response.get_authn_contexts())),
        )


def _posted(request: HttpRequest) -> HttpRequest:
    """What `acs` put aside: that request came from another site, without this session's cookie."""
    aside = LoginSession(request, "saml_acs_session", "saml-acs-session")
    kept = aside.store.get("request")
    aside.delete()
    if not kept:
        raise ProviderRefused("nothing_posted")
    return cast(HttpRequest, deserialize_request(kept, HttpRequest()))


def _described(request: HttpRequest) -> dict[str, Any]:
    return {
        "https": "on" if request.is_secure() else "off",
        "http_host": request.get_host(),
        "script_name": "",
        "path_info": request.path,
        "get_data": {},
        "post_data": {},
    }


def configuration(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    def address(name: str) -> str:
        return request.build_absolute_uri(reverse(name, args=[connection.slug]))

    return {
        "strict": True,
        "security": {
            "wantAssertionsSigned": True,
            "wantNameId": True,
            "allowSingleLabelDomains": True,  # an intranet's names may have no dot
            "wantAttributeStatement": False,
            "allowRepeatAttributeName": True,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "signatureAlgorithm": Names.RSA_SHA256,
            "digestAlgorithm": Names.SHA256,
        },
        "sp": {
            "entityId": address("saml_metadata"),
            "assertionConsumerService": {"url": address("saml_acs"), "binding": Names.BINDING_HTTP_POST},
            "NameIDFormat": Names.NAMEID_UNSPECIFIED,
        },
        "idp": {
            "entityId": connection.issuer,
            "singleSignOnService": {"url": connection.sign_in_url, "binding": Names.BINDING_HTTP_REDIRECT},
            "x509certMulti": {"signing": certificates(connection.certificate), "encryption": []},
        },
    }


def certificates(text: str) -> list[str]:
    """Several, so that a provider can change its key: both are accepted meanwhile."""
    return CERTIFICATE.findall(text)


def unreadable_certificates(text: str) -> bool:
    try:
        return not all(load_pem_x509_certificate(one.encode()) for one in CERTIFICATE.findall(text) or [""])
    except ValueError:
        return True


def metadata(request: HttpRequest, connection: Connection) -> bytes:
    found = OneLogin_Saml2_Settings(configuration(request, connection), sp_validation_only=True)
    text = found.get_sp_metadata()
    return text if isinstance(text, bytes) else str(text).encode()


def _require_signed_answer(response: Any, asked: str) -> None:
    """What python3-saml lets pass: an assertion for no audience, in answer to nothing, or used before."""
    if not response.get_audiences():
        raise ProviderRefused("wrong_audience")
    data = response._query_assertion("/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    if not any(one.get("InResponseTo") == asked and one.get("NotOnOrAfter") for one in data):
        raise ProviderRefused("unsolicited")
    value = f"{response.get_issuers()}:{response.get_assertion_id()}"
    if not throttle.spend(kind="assertion", value=value, until=now() + REMEMBERED):
        raise ProviderRefused("replayed")


def _first(told: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((str(told[name][0]) for name in names if told.get(name)), "")


REASONS = {
    OneLogin_Saml2_ValidationError.INVALID_SIGNATURE: "wrong_signature",
    OneLogin_Saml2_ValidationError.NO_SIGNED_ASSERTION: "not_signed",
    OneLogin_Saml2_ValidationError.NO_SIGNATURE_FOUND: "not_signed",
    OneLogin_Saml2_ValidationError.WRONG_AUDIENCE: "wrong_audience",
    OneLogin_Saml2_ValidationError.WRONG_ISSUER: "wrong_issuer",
    OneLogin_Saml2_ValidationError.WRONG_DESTINATION: "wrong_destination",
    OneLogin_Saml2_ValidationError.ASSERTION_TOO_EARLY: "too_early",
    OneLogin_Saml2_ValidationError.ASSERTION_EXPIRED: "expired",
    OneLogin_Saml2_ValidationError.SESSION_EXPIRED: "expired",
    OneLogin_Saml2_ValidationError.WRONG_SUBJECTCONFIRMATION: "wrong_confirmation",
    OneLogin_Saml2_ValidationError.STATUS_CODE_IS_NOT_SUCCESS: "refused_by_provider",
}


def _reason(error: Exception) -> str:
    return REASONS.get(getattr(error, "code", None), "invalid_response")
