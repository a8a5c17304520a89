"""What an organisation asks of its members' sign-in."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from sunmao.accounts.selectors import find_role
from sunmao.accounts.signin.models import Policy
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor

PERMISSION = "accounts.signin.manage"


def policy_of(actor: Actor) -> Policy:
    """The organisation's rules; without any, nothing is asked."""
    actor.require(PERMISSION)
    return Policy.objects.filter(organisation_id=actor.organisation_id).first() or Policy()


@transaction.atomic
def require_second_factor(*, actor: Actor, roles: Sequence[str]) -> Policy:
    """From their next request on, members with one of these roles have to have a second factor."""
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        wanted = sorted({find_role(slug).slug for slug in roles})
        found, _made = Policy.objects.select_for_update().get_or_create()
        before, found.second_factor_roles = found.second_factor_roles, wanted
        found.save()
        audit.record(
            actor=actor,
            verb="sign_in_rules.changed",
            subject=found,
            before={"second_factor_roles": before},
            after={"second_factor_roles": wanted},
        )
    return found
