"""The front door: a name and a password, slowed down for those who guess."""

from __future__ import annotations

from typing import cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse

from sunmao.accounts.models import User
from sunmao.accounts.signin import entries, pace, throttle
from sunmao.accounts.signin.standing import standing
from sunmao.core.origin import client_address


def check_password(*, request: HttpRequest, username: str, password: str) -> User | None:
    """The person, or None after a fixed time. Raises `TooManyTries` when there were too many."""
    began = pace.begin()
    address = client_address(request.META)
    try:
        tried = throttle.try_name(name=username, address=throttle.place(address))
    except throttle.TooManyTries:
        entries.note_stranger("sign_in.refused", name=username, address=address, reason="locked")
        raise
    user = authenticate(request, username=username, password=password)
    if user:
        throttle.give_back(tried)
        return user
    _note_failure(username, address=address, tried=tried)
    pace.hold(began)
    return None


def let_in(
    *, request: HttpRequest, user: User, redirect_url: str | None = None, method: str = "password"
) -> HttpResponse:
    """Open a session, or lead to the second factor first. The proof just given counts as a fresh one."""
    record_authentication(request, user, method, reauthenticated=True)
    return cast(HttpResponse, perform_login(request, Login(user=user, redirect_url=redirect_url)))


def note_sign_out(request: HttpRequest) -> None:
    found = standing(request).membership
    acting_in = found.organisation_id if found else None
    entries.note(cast(User, request.user), "session.closed", organisation_id=acting_in)


def _note_failure(username: str, *, address: str, tried: throttle.Try) -> None:
    user = User.objects.filter(username=username).first()
    verb = "sign_in.locked" if tried.locked_until else "sign_in.failed"
    if user is None or not entries.organisations_of(user):
        entries.note_stranger(verb, name=username, address=address, reason="unknown_person")
        return
    reason = "wrong_password" if user.is_active else "account_closed"
    entries.note(user, verb, known=False, reason=reason)
