"""The last step of a sign-in through an identity provider: a session for one organisation, or a refusal."""

from __future__ import annotations

from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sunmao.accounts.signin import entries
from sunmao.accounts.signin.claims import Claims, ProviderRefused
from sunmao.accounts.signin.identities import person_of
from sunmao.accounts.signin.models import Connection
from sunmao.accounts.signin.opening import PROVIDER
from sunmao.audit import services as audit
from sunmao.core import tenancy


def let_in(
    *, request: HttpRequest, connection: Connection, claims: Claims, redirect_url: str | None
) -> HttpResponse:
    """Who has a second factor here is asked for it: a provider alone does not open such an account."""
    user = person_of(connection=connection, claims=claims)
    if not user.is_active:
        raise ProviderRefused("account_closed")
    if request.user.is_authenticated:
        logout(request)
    record_authentication(
        request,
        user,
        PROVIDER,
        connection=str(connection.pk),
        organisation=str(connection.organisation_id),
        second_factor=connection.provides_second_factor or claims.second_factor,
    )
    return cast(HttpResponse, perform_login(request, Login(user=user, redirect_url=redirect_url)))


def turn_away(*, request: HttpRequest, connection: Connection, reason: str) -> HttpResponse:
    """The visitor learns that it did not work; why is for the organisation's audit log."""
    with tenancy.scope(connection.organisation_id):
        door = entries.by_the_door(connection.organisation_id)
        audit.record(actor=door, verb="sign_in.failed", subject=connection, reason=reason)
    context = {"connection": connection, "cancelled": reason == "cancelled"}
    return render(request, "ui/sso_failed.html", context, status=403)
