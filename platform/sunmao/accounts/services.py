"""Verbs on people, organisations and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import ApiKey, FirstRunLink, Membership, Organisation, User
from sunmao.accounts.roles import KEY_ROLES, Role, permissions_of
from sunmao.accounts.secrets import digest, new_key, new_link_token
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import InvalidInput, NotFound
from sunmao.core.ids import reference
from sunmao.core.vertical import find_task

FIRST_RUN_LIFETIME = timedelta(days=7)
LAST_USED_RESOLUTION = timedelta(minutes=1)


@dataclass(frozen=True)
class IssuedKey:
    """A new key and its secret, which is shown this once."""

    key: ApiKey
    secret: str


def system_actor(organisation: Organisation, *, name: str = "system", language: str = "zh-hans") -> Actor:
    return Actor(kind="system", id=None, organisation_id=organisation.pk, name=name, language=language)


@transaction.atomic
def create_organisation(*, slug: str, name: str, enabled_verticals: list[str]) -> Organisation:
    organisation = Organisation.objects.create(slug=slug, name=name, enabled_verticals=enabled_verticals)
    with tenancy.scope(organisation.pk):
        audit.record(
            actor=system_actor(organisation), verb="organisation.created", subject=organisation, slug=slug
        )
    return organisation


def enable_vertical(*, organisation: Organisation, slug: str) -> None:
    """From now on the organisation's people see this business line."""
    if slug in organisation.enabled_verticals:
        return
    organisation.enabled_verticals = [*organisation.enabled_verticals, slug]
    with tenancy.scope(organisation.pk):
        organisation.save(update_fields=["enabled_verticals"])
        actor = system_actor(organisation)
        audit.record(actor=actor, verb="vertical.enabled", subject=organisation, vertical=slug)


@transaction.atomic
def add_member(*, actor: Actor, username: str, role: Role, email: str = "", name: str = "") -> User:
    """Add a person who has no password yet; they get in by a first-run or invitation link."""
    actor.require("accounts.member.manage")
    user, created = User.objects.get_or_create(
        username=username, defaults={"email": email, "first_name": name}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    with tenancy.scope(actor.organisation_id):
        membership = Membership.objects.create(user=user, role=role)
        audit.record(actor=actor, verb="member.added", subject=membership, username=username, role=role)
    return user


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


def create_api_key(
    *,
    actor: Actor,
    name: str,
    default_task: str = "customer_service.ask",
    bases: list[str] | None = None,
    tasks: list[str] | None = None,
    role: str = Role.CHANNEL,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A key for a channel, or for a program that feeds knowledge; never with more rights than its maker."""
    actor.require("accounts.key.manage")
    if role not in KEY_ROLES or not all(actor.can(right) for right in permissions_of(role)):
        raise InvalidInput(fields={"role": _("cannot be given to a key")})
    find_task(default_task)
    secret = new_key()
    with tenancy.scope(actor.organisation_id):
        key = ApiKey.objects.create(
            name=name,
            prefix=secret[:8],
            hash=digest(secret),
            role=role,
            default_task=default_task,
            bases=bases or [],
            tasks=tasks or [],
            expires_at=expires_at,
            created_by_id=actor.id if actor.kind == "user" else None,
        )
        audit.record(
            actor=actor, verb="key.created", subject=key, name=name, default_task=default_task, role=role
        )
    return IssuedKey(key=key, secret=secret)


def revoke_api_key(*, actor: Actor, key: ApiKey) -> None:
    actor.require("accounts.key.manage")
    with tenancy.scope(actor.organisation_id):
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now()):
            audit.record(actor=actor, verb="key.revoked", subject=key, name=key.name)


def touch_key(*, actor: Actor) -> None:
    """Remember when a key was last used, at most once a minute: a read must not become a write each time."""
    stale = now() - LAST_USED_RESOLUTION
    with tenancy.scope(actor.organisation_id):
        keys = ApiKey.objects.filter(pk=reference(actor.id))
        keys.exclude(last_used_at__gt=stale).update(last_used_at=now())


def choose_language(*, user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)
