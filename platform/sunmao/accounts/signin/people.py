"""What an administrator does about another member's sign-in."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies
from sunmao.accounts.models import Membership, User
from sunmao.accounts.signin import entries, sessions, throttle
from sunmao.accounts.signin.factors import factors_of
from sunmao.accounts.signin.models import MemberAddress
from sunmao.accounts.signin.passwords import require_ours_alone
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict, NotFound

PERMISSION = "accounts.member.manage"


def sign_in_of(*, actor: Actor, membership: Membership) -> dict[str, Any]:
    """What an administrator may know about it."""
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        user = _user_of(membership)
    until = throttle.locked_until(name=user.get_username(), user_id=user.pk)
    return {
        "second_factors": [factor.kind for factor in factors_of(user)],
        "locked_until": until.isoformat() if until else None,
        "belongs_elsewhere": len(entries.organisations_of(user)) > 1,
    }


@transaction.atomic
def unlock(*, actor: Actor, membership: Membership) -> int:
    """End the wait after too many attempts; gives how many counts were forgotten."""
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        user = _user_of(membership)
        forgotten = throttle.unlock(name=user.get_username(), user_id=user.pk)
        audit.record(actor=actor, verb="sign_in.unlocked", subject=user, counts=forgotten)
    return forgotten


@transaction.atomic
def remove_second_factors(*, actor: Actor, membership: Membership, across: bool = False) -> int:
    """For somebody who lost their phone. Sessions end: whoever found the phone may be in one."""
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        user = _user_of(membership)
        require_ours_alone(actor, user, across=across)
        found = Authenticator.objects.filter(user=user)
        removed: int = found.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
        found.delete()
        sessions.end_all(user=user)
        audit.record(actor=actor, verb="second_factor.reset", subject=user, factors=removed)
    return removed


@transaction.atomic
def confirm_address(*, actor: Actor, membership: Membership, email: str) -> None:
    """The organisation knows that this is the member's: providers of its own may find them by it.

    Whoever runs such a provider can then come in as this person, so nobody says it of those above them.
    """
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        user = _user_of(membership)
        policies.require_rank(actor, membership)
        known = MemberAddress.objects.filter(email=email.lower()).first()
        if known and known.user_id != user.pk:
            raise Conflict(_("This address is another member's."), code="address_taken")
        if not known:
            MemberAddress.objects.create(user=user, email=email.lower())
            audit.record(
                actor=actor,
                verb="address.confirmed",
                subject=user,
                person=f"user:{user.pk}",
                personal={"email": email.lower()},
            )


def _user_of(membership: Membership) -> User:
    found = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if found is None:
        raise NotFound
    return found.user
