"""Signing in through an organisation's identity provider."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from sunmao.accounts.signin import connections, providers, sso
from sunmao.accounts.signin.claims import ProviderRefused
from sunmao.core.errors import NotFound, TooLong


@require_GET
@never_cache
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """To the provider; the browser comes back to `callback` or `acs`."""
    connection = connections.at_the_door(slug)
    provider = providers.provider_of(request, connection)
    hint = request.GET.get("login_hint", "")[:254]
    try:
        return cast(
            HttpResponse,
            provider.start(request, next_url=get_next_redirect_url(request), login_hint=hint),
        )
    except ProviderRefused as refused:
        return sso.turn_away(request=request, connection=connection, reason=refused.reason)


@require_GET
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """By the domain of one's e-mail address; one provider is gone to at once."""
    email = request.GET.get("email", "").strip()[:254]
    found = connections.of_domain(email.rpartition("@")[2]) if email else []
    onwards = {"login_hint": email} if "@" in email else {}
    if wanted := get_next_redirect_url(request):
        onwards["next"] = wanted
    if len(found) == 1:
        return redirect(f"{reverse('sso_start', args=[found[0].slug])}?{urlencode(onwards)}")
    context = {"email": email, "found": found, "onwards": urlencode(onwards), "next": wanted}
    return render(request, "ui/sso_find.html", context)


@require_GET
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """OpenID Connect: the browser is back with a code."""
    from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView

    from sunmao.accounts.signin.oidc import OidcAdapter

    connections.at_the_door(provider_id)
    view = OAuth2CallbackView.adapter_view(OidcAdapter(request, provider_id))
    return cast(HttpResponse, view(request))


@csrf_exempt
@require_POST
def acs(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """SAML: another site posts here, without our cookies; the next step has them again."""
    from allauth.socialaccount.providers.saml.views import ACSView

    from sunmao.accounts.signin.saml import LONGEST_RESPONSE

    connections.at_the_door(organization_slug)
    if len(request.POST.get("SAMLResponse", "")) > LONGEST_RESPONSE:
        raise TooLong
    return cast(HttpResponse, ACSView.as_view()(request, organization_slug=organization_slug))


@require_GET
@never_cache
def finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """SAML: the answer is looked at in the session that asked for it."""
    connection = connections.at_the_door(organization_slug)
    provider: Any = _saml(request, connection)
    try:
        claims, wanted = provider.finish(request)
        return sso.let_in(request=request, connection=connection, claims=claims, redirect_url=wanted)
    except ProviderRefused as refused:
        return sso.turn_away(request=request, connection=connection, reason=refused.reason)


@require_GET
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """What the provider must know about us."""
    from sunmao.accounts.signin import saml

    connection = connections.at_the_door(organization_slug)
    _saml(request, connection)
    return HttpResponse(saml.metadata(request, connection), content_type="application/samlmetadata+xml")


def _saml(request: HttpRequest, connection: Any) -> Any:
    if connection.protocol != "saml":
        raise NotFound
    return providers.provider_of(request, connection)
