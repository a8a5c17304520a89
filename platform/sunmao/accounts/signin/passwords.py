"""Passwords that people change, and links with which they choose a new one."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies
from sunmao.accounts.models import Membership, User
from sunmao.accounts.secrets import digest, new_link_token
from sunmao.accounts.signin import entries, mail, pace, sessions, throttle
from sunmao.accounts.signin.factors import require_own
from sunmao.accounts.signin.models import ResetLink
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, InvalidInput, NotFound
from sunmao.core.origin import client_address

RESET_LIFETIME = timedelta(hours=24)


@transaction.atomic
def change_password(*, request: HttpRequest, password: str) -> None:
    """The running session goes on under a new key; all others of the person end."""
    user = require_own(request)
    _set(user, password)
    update_session_auth_hash(request, user)
    request.session.save()  # under its new key, before the others are looked at
    UserSession.objects.create_from_request(request)
    sessions.end_others(request=request)
    entries.note(user, "password.changed")


@transaction.atomic
def issue_reset_link(*, actor: Actor, user: User, across: bool = False) -> str:
    """A fresh token for a member of the actor's organisation; an earlier one stops working.

    Whoever hands out the link could use it. So nobody of one organisation gets one for a person who belongs
    to another one too: only the operator of the installation does (`across`). Nor for a person who may do
    what the actor may not.
    """
    actor.require("accounts.member.manage")
    require_ours_alone(actor, user, across=across)
    token = _new_reset_token(user)
    with tenancy.scope(actor.organisation_id):
        audit.record(actor=actor, verb="password.reset_issued", subject=user, username=user.username)
    return token


def ask_for_reset(*, request: HttpRequest, username: str) -> None:
    """A link by mail to whoever has this name. Nobody learns whether there is such a person."""
    throttle.try_place(address=throttle.place(client_address(request.META)))
    began = pace.begin()
    _send_reset(request, username)
    pace.hold(began)


def _send_reset(request: HttpRequest, username: str) -> None:
    user = User.objects.filter(username=username, is_active=True).exclude(email="").first()
    if user is None or not user.has_usable_password():
        return
    token = _new_reset_token(user)
    entries.note(user, "password.reset_asked", known=False)
    link = request.build_absolute_uri(reverse("portal:reset_password", args=[token]))
    mail.send_reset_later(email=user.email, link=link, language=user.language or settings.LANGUAGE_CODE)


def reset_user(token: str) -> User:
    link = ResetLink.objects.select_related("user").filter(hash=digest(token), expires_at__gt=now()).first()
    if link is None:
        raise link_used()
    return link.user


@transaction.atomic
def use_reset_link(*, token: str, password: str) -> User:
    """Set the password, burn the link, end every session; two with the same link: one wins."""
    found = ResetLink.objects.select_for_update().filter(hash=digest(token), expires_at__gt=now())
    link = found.select_related("user").first()
    if link is None:
        raise link_used()
    _set(link.user, password)
    link.delete()
    sessions.end_all(user=link.user)
    throttle.unlock(name=link.user.get_username(), user_id=link.user.pk)
    entries.note(link.user, "password.reset")
    return link.user


def require_ours_alone(actor: Actor, user: User, *, across: bool) -> None:
    """Raises unless the actor may act as this person: a member, of this organisation alone, within reach."""
    with tenancy.scope(actor.organisation_id):
        member = Membership.objects.filter(user=user, organisation_id=actor.organisation_id).first()
        if member is None:
            raise NotFound(code="unknown_person")
        policies.require_rank(actor, member)
    if not across and len(entries.organisations_of(user)) > 1:
        raise Conflict(
            _("This person belongs to another organisation too. Ask the operator of this installation."),
            code="shared_person",
        )


def link_used() -> NotFound:
    return NotFound(_("This link was used already or has expired."), code="link_used")


def check(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(code="weak_password", fields={"password": " ".join(error.messages)}) from error


def _new_reset_token(user: User) -> str:
    token = new_link_token()
    ResetLink.objects.update_or_create(
        user=user, defaults={"hash": digest(token), "expires_at": now() + RESET_LIFETIME}
    )
    return token


def _set(user: User, password: str) -> None:
    check(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
