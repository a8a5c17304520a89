"""Accepting an invitation: as somebody new, or with the account that one has."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.portal.forms import NewPersonForm
from sunmao.accounts.middleware import MemberRequest
from sunmao.accounts.signin import door, factors, invitations
from sunmao.accounts.signin.standing import CHOSEN
from sunmao.core.errors import NotFound, SunmaoError

GONE = "ui/invitation_invalid.html"


@require_http_methods(["GET", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = invitations.find(token)
        if request.user.is_authenticated:
            return _with_account(request, token, found)
        return _as_new(request, token, found)
    except NotFound as error:
        if error.code != "link_used":
            raise
        return render(request, GONE, status=410)


def _with_account(request: HttpRequest, token: str, found: Any) -> HttpResponse:
    if request.method == "POST":
        user = factors.require_own(request)
        invitations.accept_as(token=token, user=user)
        request.session[CHOSEN] = str(found.organisation_id)
        return redirect("portal:home")
    context = _about(found) | {"username": cast(MemberRequest, request).user.get_username()}
    return render(request, "ui/invitation.html", context)


def _as_new(request: HttpRequest, token: str, found: Any) -> HttpResponse:
    form = NewPersonForm(None, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = invitations.accept_as_new(
                token=token, username=given["username"], password=given["new_password1"]
            )
        except NotFound:
            raise
        except SunmaoError as error:
            _tell(form, error)
        else:
            home = reverse("portal:home")
            return door.let_in(request=request, user=user, redirect_url=home)
    return render(request, "ui/invitation.html", _about(found) | {"form": form})


def _tell(form: Any, error: SunmaoError) -> None:
    """What is wrong stands at its field."""
    for name, told in error.fields.items():
        field = {"password": "new_password1"}.get(name, name)
        text = str(error.message) if error.code == "name_taken" else str(told)
        form.add_error(field if field in form.fields else None, text)
    if not error.fields:
        form.add_error(None, str(error.message))


def _about(found: Any) -> dict[str, Any]:
    organisation = invitations.organisation_of(found)
    return {
        "invitation": found,
        "organisation": organisation,
        "role": invitations.role_title(found),
    }
