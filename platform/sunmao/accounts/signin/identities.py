"""Which person somebody is who comes from an identity provider.

A provider speaks for one organisation. It finds that organisation's people by the subject that was linked
before, or by an address that the organisation itself confirmed, and it may make new people. Accounts that it
did not make and that are not of the organisation are out of its reach.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction

from sunmao.accounts.models import Grant, Membership, Organisation, Role, User
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.services import give_role, take_grant
from sunmao.accounts.services.members import join
from sunmao.accounts.signin.claims import Claims, ProviderRefused
from sunmao.accounts.signin.connections import reaches
from sunmao.accounts.signin.models import Connection, Identity, MemberAddress
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor

NOT_IN_NAMES = re.compile(r"[^\w.@+-]+")


@transaction.atomic
def person_of(*, connection: Connection, claims: Claims) -> User:
    """Raises `ProviderRefused` when the organisation has nobody like that and may not get somebody."""
    with tenancy.scope(connection.organisation_id):
        # One at a time: two windows of a new person must not make two people.
        Connection.objects.select_for_update().get(pk=connection.pk)
        user = _linked(connection, claims) or _by_address(connection, claims) or _new(connection, claims)
        _follow_groups(connection, claims, user)
        if not reaches(connection, Membership.objects.get(user=user)):
            raise ProviderRefused("beyond_its_author")
    return user


def _linked(connection: Connection, claims: Claims) -> User | None:
    found = Identity.objects.select_related("user")
    identity = found.filter(connection=connection, subject=claims.subject).first()
    if identity is None:
        return None
    if not Membership.objects.filter(user=identity.user).exists():
        raise ProviderRefused("no_member_any_more")
    return identity.user


def _by_address(connection: Connection, claims: Claims) -> User | None:
    """A member whose address the organisation confirmed, and whom nobody of this provider is yet."""
    if not is_verified(connection, claims):
        return None
    known = MemberAddress.objects.select_related("user").filter(email=claims.email.lower()).first()
    if known is None or not Membership.objects.filter(user=known.user).exists():
        return None
    if Identity.objects.filter(connection=connection, user=known.user).exists():
        raise ProviderRefused("address_of_another_subject")
    _link(connection, claims, known.user)
    return known.user


def _new(connection: Connection, claims: Claims) -> User:
    if not connection.just_in_time:
        raise ProviderRefused("unknown_person")
    roles = roles_for(connection, claims)
    if not roles:
        raise ProviderRefused("no_role")
    user = User(username=_free_name(connection, claims), first_name=claims.name[:150])
    if is_verified(connection, claims):
        user.email = claims.email.lower()
    user.set_unusable_password()
    user.save()
    join(actor=_speaker(connection), user=user, roles=roles)
    if user.email and not MemberAddress.objects.filter(email=user.email).exists():
        MemberAddress.objects.create(user=user, email=user.email)
    _link(connection, claims, user)
    return user


def is_verified(connection: Connection, claims: Claims) -> bool:
    """Whether the address counts: verified there, and of the provider's domains where it has some."""
    if "@" not in claims.email or not (claims.email_verified or connection.trusts_email):
        return False
    domain = claims.email.rpartition("@")[2].lower()
    return not connection.domains or domain in connection.domains


def roles_for(connection: Connection, claims: Claims) -> list[str]:
    """Of the person's groups; the default only for whom no group says anything. Nobody becomes owner so."""
    mapped = {connection.role_of_group[group] for group in claims.groups if group in connection.role_of_group}
    found = mapped or ({connection.default_role} if connection.default_role else set())
    known = set(Role.objects.filter(slug__in=found).values_list("slug", flat=True))
    return sorted(known - {BuiltIn.OWNER.value})


def _follow_groups(connection: Connection, claims: Claims, user: User) -> None:
    """Roles that the provider decides about are given and taken as the groups say; all others stay."""
    decided = set(connection.role_of_group.values()) - {BuiltIn.OWNER.value}
    if not connection.groups_claim or not decided:
        return
    member = Membership.objects.get(user=user)
    own = list(Grant.objects.select_related("role", "member").filter(member=member))
    wanted = set(roles_for(connection, claims))
    lost = [grant for grant in own if grant.role.slug in decided - wanted]
    _take(connection, [grant for grant in lost if grant.granted_by_id is None])
    for slug in sorted(wanted - {grant.role.slug for grant in own}):
        give_role(actor=_speaker(connection), holder=member, role=slug)


def _take(connection: Connection, grants: Iterable[Grant]) -> None:
    for grant in grants:
        take_grant(actor=_speaker(connection), grant=grant)


def _link(connection: Connection, claims: Claims, user: User) -> None:
    Identity.objects.create(connection=connection, subject=claims.subject, user=user)
    audit.record(actor=_speaker(connection), verb="identity.linked", subject=user, connection=connection.slug)


def _speaker(connection: Connection) -> Actor:
    """The provider as the author of entries; the system, for what it may give was checked when it was set."""
    organisation = Organisation.objects.get(pk=connection.organisation_id)
    return Actor(
        kind="system", id=None, organisation_id=organisation.pk, name=f"sso:{connection.slug}", language=""
    )


def _free_name(connection: Connection, claims: Claims) -> str:
    """`mei@hemu`: usernames are one space for the whole installation, the provider's slug is unique in it."""
    wanted = claims.username or claims.email.partition("@")[0] or claims.name
    own = NOT_IN_NAMES.sub("-", wanted).strip("-.@")[:60] or "person"
    base = f"{own.partition('@')[0]}@{connection.slug}"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    candidates = (base, *(f"{base}.{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in candidates if name not in taken)
