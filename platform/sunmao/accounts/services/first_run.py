from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import FirstRunLink, Membership, User
from sunmao.accounts.secrets import digest, new_link_token
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import InvalidInput, NotFound

FIRST_RUN_LIFETIME = timedelta(days=7)


@transaction.atomic
def issue_first_run_link(*, user: User) -> str:
    """A fresh token; an earlier one stops working."""
    token = new_link_token()
    FirstRunLink.objects.update_or_create(
        user=user, defaults={"hash": digest(token), "expires_at": now() + FIRST_RUN_LIFETIME}
    )
    return token


def first_run_user(token: str) -> User:
    link = (
        FirstRunLink.objects.select_related("user").filter(hash=digest(token), expires_at__gt=now()).first()
    )
    if link is None:
        raise NotFound(_("This link was used already or has expired."), code="link_used")
    return link.user


@transaction.atomic
def use_first_run_link(*, token: str, password: str) -> User:
    """Set the password and burn the link; two people with the same link: one wins, the other is told."""
    link = FirstRunLink.objects.select_for_update().filter(hash=digest(token), expires_at__gt=now()).first()
    if link is None:
        raise NotFound(_("This link was used already or has expired."), code="link_used")
    user = link.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(code="weak_password", fields={"password": " ".join(error.messages)}) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    link.delete()
    with tenancy.presenting(tenancy.USER, str(user.pk)):
        membership = Membership.objects.filter(user=user).first()
    if membership:
        with tenancy.scope(membership.organisation_id):
            actor = Actor(
                kind="user",
                id=user.pk,
                organisation_id=membership.organisation_id,
                name=user.username,
                language=user.language,
            )
            audit.record(actor=actor, verb="first_run_link.used", subject=user)
    return user
