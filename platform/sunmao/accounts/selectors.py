"""Who is asking. Reads only; an `Actor` is made here and nowhere else."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from sunmao.accounts.models import ApiKey, Membership, Organisation, User
from sunmao.accounts.roles import permissions_of
from sunmao.accounts.secrets import digest
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import NotFound, Unauthenticated
from sunmao.core.ids import reference
from sunmao.core.vertical import Vertical, installed


def organisation_by_slug(slug: str) -> Organisation:
    try:
        return Organisation.objects.get(slug=slug)
    except Organisation.DoesNotExist:
        raise NotFound(code="unknown_organisation", fields={"organisation": slug}) from None


def membership_of(user: User) -> Membership | None:
    """The person's first membership; row-level security lets people see their own before all else."""
    with tenancy.presenting(tenancy.USER, str(user.pk)):
        return Membership.objects.filter(user=user).order_by("created_at").first()


def actor_of_user(user: User, *, membership: Membership | None = None, language: str = "") -> Actor:
    membership = membership or membership_of(user)
    if membership is None:
        raise Unauthenticated(code="no_organisation")
    return Actor(
        kind="user",
        id=user.pk,
        organisation_id=membership.organisation_id,
        name=user.get_full_name() or user.get_username(),
        language=language or user.language or settings.LANGUAGE_CODE,
        permissions=permissions_of(membership.role),
    )


def actor_of_name(*, organisation: Organisation, username: str, language: str = "") -> Actor:
    """The person that a command line acts for (`--as`)."""
    with tenancy.scope(organisation.pk):
        membership = Membership.objects.select_related("user").filter(user__username=username).first()
    if membership is None:
        raise NotFound(code="unknown_person", fields={"as": username})
    return actor_of_user(membership.user, membership=membership, language=language)


def actor_by_id(*, kind: str, actor_id: UUID | None, organisation_id: UUID, language: str) -> Actor:
    """Whoever started some work, with the rights they have now; `Unauthenticated` when none are left."""
    with tenancy.scope(organisation_id):
        if kind == "user":
            members = Membership.objects.select_related("user").filter(user__is_active=True)
            membership = members.filter(user=actor_id).first()
            if membership:
                return actor_of_user(membership.user, membership=membership, language=language)
        elif kind == "api_key":
            key = ApiKey.objects.filter(pk=reference(actor_id)).first()
            if key and is_valid(key):
                return _actor_of(key, language=language)
    raise Unauthenticated


def is_valid(key: ApiKey) -> bool:
    return not key.revoked_at and (key.expires_at is None or key.expires_at > now())


def actor_of_key(secret: str, *, language: str) -> Actor:
    """The channel that holds this key, or `Unauthenticated`: unknown, revoked and expired look the same."""
    hashed = digest(secret)
    with tenancy.presenting(tenancy.API_KEY, hashed):
        key = ApiKey.objects.filter(hash=hashed).first()
    if key is None or not is_valid(key):
        raise Unauthenticated(code="invalid_api_key")
    return _actor_of(key, language=language)


def _actor_of(key: ApiKey, *, language: str) -> Actor:
    return Actor(
        kind="api_key",
        id=key.pk,
        organisation_id=key.organisation_id,
        name=key.name,
        language=language,
        permissions=permissions_of(key.role),
        base_scope=frozenset(key.bases) or None,
        task_scope=frozenset(key.tasks) or None,
        default_task=key.default_task,
    )


def verticals_of(organisation_id: UUID) -> list[Vertical]:
    """Installed is not enabled: an organisation chooses among the verticals of the installation."""
    enabled = set(Organisation.objects.values_list("enabled_verticals", flat=True).get(pk=organisation_id))
    return [vertical for vertical in installed() if vertical.slug in enabled]


def find_organisation(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def find_user(username: str) -> User | None:
    return User.objects.filter(username=username).first()
