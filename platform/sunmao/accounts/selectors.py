"""Who is asking, and what there is of roles, teams and keys. An `Actor` is made here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Model, Prefetch, Q, QuerySet

from sunmao.accounts.listening import Listener
from sunmao.accounts.models import ApiKey, Grant, Membership, Organisation, Quota, Role, Team, User
from sunmao.accounts.remembering import Memory
from sunmao.accounts.rights import bases_of_others, grants_of, rights_of
from sunmao.accounts.roles import built_in
from sunmao.accounts.secrets import digest
from sunmao.core import actor as actors
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import NotFound, Unauthenticated
from sunmao.core.ids import new_id
from sunmao.core.ids import reference as id_in
from sunmao.core.vertical import Vertical, find_task, installed

RUN = "answering.task.run"
Row = TypeVar("Row", bound=Model)


def organisation_by_slug(slug: str) -> Organisation:
    try:
        return Organisation.objects.get(slug=slug)
    except Organisation.DoesNotExist:
        raise NotFound(code="unknown_organisation", fields={"organisation": slug}) from None


def find_organisation(slug: str) -> Organisation | None:
    return Organisation.objects.filter(slug=slug).first()


def organisation_name(organisation_id: UUID) -> str:
    """What people call it; empty for one that is gone."""
    return Organisation.objects.filter(pk=organisation_id).values_list("name", flat=True).first() or ""


def find_user(username: str) -> User | None:
    return User.objects.filter(username=username).first()


# Who is asking


@dataclass(frozen=True)
class _Known:
    """An actor in no language yet, good until a moment."""

    actor: Actor
    ends_at: datetime | None = None


def _is_listening() -> bool:
    return listener.is_listening()


memory: Memory[_Known] = Memory(_is_listening)
listener = Listener(heard=memory.forget, deaf=memory.forget_all)


def slugs_of(organisations: Iterable[UUID]) -> dict[UUID, str]:
    """The names that commands know organisations by."""
    return dict(Organisation.objects.filter(pk__in=list(organisations)).values_list("pk", "slug"))


def membership_of(user: User) -> Membership | None:
    """The person's first membership; row-level security lets people see their own before all else."""
    with tenancy.presenting(tenancy.USER, str(user.pk)):
        return Membership.objects.filter(user=user).order_by("created_at").first()


def role_slugs_of(membership: Membership) -> frozenset[str]:
    """The roles that a member has, own ones and their teams'."""
    with tenancy.scope(membership.organisation_id):
        return frozenset(grants_of(membership).values_list("role__slug", flat=True))


def actor_of_user(user: User, *, membership: Membership | None = None, language: str = "") -> Actor:
    def look_up() -> tuple[_Known, frozenset[str]]:
        found = membership or membership_of(user)
        if found is None:
            raise Unauthenticated(code="no_organisation")
        return _Known(_actor_of_member(found, user)), _tags(found.organisation_id, user.pk)

    place = membership.organisation_id if membership else ""
    known = memory.recall(f"user {user.pk} {place}", look_up)
    return replace(known.actor, language=language or user.language or settings.LANGUAGE_CODE)


def _actor_of_member(membership: Membership, user: User) -> Actor:
    with tenancy.scope(membership.organisation_id):
        rights = rights_of(grants_of(membership))
    return Actor(
        kind="user",
        id=user.pk,
        organisation_id=membership.organisation_id,
        name=user.get_full_name() or user.get_username(),
        language="",
        permissions=rights.permissions,
        narrowed=rights.narrowed,
    )


def _tags(*parts: object) -> frozenset[str]:
    return frozenset(map(str, parts))


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
                return replace(_actor_of_member(membership, membership.user), language=language)
        elif kind == "api_key":
            key = ApiKey.objects.filter(pk=id_in(actor_id)).first()
            if key and is_valid(key):
                return replace(_actor_of_key(key), language=language)
    raise Unauthenticated


def actor_in_role(*, organisation_id: UUID, role: str, language: str) -> Actor:
    """Nobody in particular, with the rights of a role: whoever a release is tried for. Raises
    `unknown_role`."""
    with tenancy.scope(organisation_id):
        found = Role.objects.filter(slug=role).first()
    if not found and role not in built_in():
        raise NotFound(code="unknown_role", fields={"role": role})
    known = found or Role(organisation_id=organisation_id, slug=role, built_in=True)
    lines = frozenset({known.vertical})
    narrow = (
        actors.Grant(permissions=known.effective, tasks=lines, barred=bases_of_others(lines))
        if known.vertical
        else None
    )
    return Actor(
        kind="user",
        id=new_id(),
        organisation_id=organisation_id,
        name=str(known.title),
        language=language,
        permissions=frozenset() if narrow else known.effective,
        narrowed=(narrow,) if narrow else (),
    )


def is_valid(key: ApiKey) -> bool:
    return not key.revoked_at and (key.expires_at is None or key.expires_at > now())


def actor_of_key(secret: str, *, language: str) -> Actor:
    """The program that holds this key, or `Unauthenticated`: unknown, revoked and expired look the same."""
    hashed = digest(secret)
    known = memory.recall(f"key {hashed}", lambda: _look_up_key(hashed))
    if known.ends_at and known.ends_at <= now():
        raise Unauthenticated(code="invalid_api_key")
    return replace(known.actor, language=language)


def _look_up_key(hashed: str) -> tuple[_Known, frozenset[str]]:
    with tenancy.presenting(tenancy.API_KEY, hashed):
        key = ApiKey.objects.filter(Q(hash=hashed) | Q(previous_hash=hashed)).first()
    if key is None or key.revoked_at:
        raise Unauthenticated(code="invalid_api_key")
    ends = [key.expires_at, key.previous_until if key.hash != hashed else None]
    known = _Known(_actor_of_key(key), min((end for end in ends if end), default=None))
    return known, _tags(key.organisation_id)


def _actor_of_key(key: ApiKey) -> Actor:
    with tenancy.scope(key.organisation_id):
        rights = rights_of(Grant.objects.filter(key=key).select_related("role"))
    return Actor(
        kind="api_key",
        id=key.pk,
        organisation_id=key.organisation_id,
        name=key.name,
        language="",
        permissions=rights.permissions,
        narrowed=rights.narrowed,
        default_task=key.default_task,
    )


def verticals_of(organisation_id: UUID) -> list[Vertical]:
    """Installed is not enabled: an organisation chooses among the verticals of the installation."""
    enabled = set(Organisation.objects.values_list("enabled_verticals", flat=True).get(pk=organisation_id))
    return [vertical for vertical in installed() if vertical.slug in enabled]


def verticals_for(actor: Actor) -> list[Vertical]:
    """Those in which the actor may do something."""
    return [
        vertical
        for vertical in verticals_of(actor.organisation_id)
        if any(
            actor.can("answering.task.run", task=f"{vertical.slug}.{task.name}") for task in vertical.tasks
        )
    ]


# What there is of roles, members, teams and keys


def _grants() -> Prefetch[str]:
    return Prefetch("grants", Grant.objects.select_related("role", "granted_by"))


def find_role(slug: str) -> Role:
    role = Role.objects.filter(slug=slug).first() if slug.isprintable() else None
    if role is None:
        raise NotFound(code="unknown_role", fields={"role": slug})
    return role


def roles_visible_to(actor: Actor) -> QuerySet[Role]:
    """Whoever gives roles must see them."""
    _require_any(actor, ("accounts.role.manage", "accounts.member.manage", "accounts.key.manage"))
    return Role.objects.filter(organisation_id=actor.organisation_id)


def visible_role(*, actor: Actor, reference: object) -> Role:
    slug = str(reference)
    found = roles_visible_to(actor).filter(slug=slug).first() if slug.isprintable() else None
    if found is None:
        raise NotFound
    return found


def members_visible_to(actor: Actor) -> QuerySet[Membership]:
    _require_any(actor, ("accounts.member.manage", "accounts.team.manage"))
    members = Membership.objects.filter(organisation_id=actor.organisation_id)
    shown = members.select_related("user").prefetch_related(_grants(), "teams")
    return shown.order_by("user__username")


def visible_member(*, actor: Actor, reference: object) -> Membership:
    return _one(members_visible_to(actor), reference)


def teams_visible_to(actor: Actor) -> QuerySet[Team]:
    _require_any(actor, ("accounts.team.manage", "accounts.member.manage"))
    teams = Team.objects.filter(organisation_id=actor.organisation_id)
    return teams.prefetch_related(_grants(), "members__user")


def visible_team(*, actor: Actor, reference: object) -> Team:
    return _one(teams_visible_to(actor), reference)


def keys_visible_to(actor: Actor) -> QuerySet[ApiKey]:
    actor.require("accounts.key.manage")
    keys = ApiKey.objects.filter(organisation_id=actor.organisation_id)
    shown = keys.select_related("created_by").prefetch_related(_grants())
    return shown.order_by("created_at", "id")


def visible_key(*, actor: Actor, reference: object) -> ApiKey:
    return _one(keys_visible_to(actor), reference)


def grants_visible_to(actor: Actor) -> QuerySet[Grant]:
    _require_any(actor, ("accounts.member.manage", "accounts.team.manage", "accounts.key.manage"))
    grants = Grant.objects.filter(organisation_id=actor.organisation_id)
    return grants.select_related("role", "member__user", "team", "key")


def visible_grant(*, actor: Actor, reference: object) -> Grant:
    return _one(grants_visible_to(actor), reference)


def quotas_visible_to(actor: Actor) -> QuerySet[Quota]:
    actor.require("accounts.quota.manage")
    return Quota.objects.filter(organisation_id=actor.organisation_id)


def visible_quota(*, actor: Actor, reference: object) -> Quota:
    return _one(quotas_visible_to(actor), reference)


def visible_task(*, actor: Actor, reference: object) -> str:
    """The name of a task, or of a business line for all of its tasks, that the organisation has enabled."""
    name = str(reference)
    slug, _, task = name.partition(".")
    if slug not in {vertical.slug for vertical in verticals_of(actor.organisation_id)}:
        raise NotFound(code="unknown_task", fields={"task": name})
    if not task:
        return slug
    vertical, found = find_task(name)
    return f"{vertical.slug}.{found.name}"


def _one(rows: QuerySet[Row], reference: object) -> Row:
    found = rows.filter(pk=id_in(reference)).first()
    if found is None:
        raise NotFound
    return found


def _require_any(actor: Actor, permissions: Iterable[str]) -> None:
    wanted = tuple(permissions)
    if not any(actor.can(permission) for permission in wanted):
        actor.require(wanted[0])
