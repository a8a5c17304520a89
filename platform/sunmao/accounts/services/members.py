from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies, rights
from sunmao.accounts.models import Membership, User
from sunmao.accounts.services.grants import give_role
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict


class NameTaken(Conflict):
    code = "name_taken"
    default_message = _("This name belongs to somebody else. Choose another, or invite the person.")


class AlreadyMember(Conflict):
    code = "already_member"
    default_message = _("This person is a member already.")


@transaction.atomic
def add_member(*, actor: Actor, username: str, role: str, email: str = "", name: str = "") -> User:
    """Add a person who has no password yet; they get in by a first-run or invitation link.

    Somebody who has an account elsewhere is not taken into an organisation without being asked.
    """
    actor.require("accounts.member.manage")
    user, created = User.objects.get_or_create(
        username=username, defaults={"email": email, "first_name": name}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    with tenancy.scope(actor.organisation_id):
        if Membership.objects.filter(user=user).exists():
            raise AlreadyMember(fields={"username": username})
        if not created and actor.kind != "system":
            raise NameTaken(fields={"username": username})
        join(actor=actor, user=user, roles=[role])
    return user


@transaction.atomic
def join(*, actor: Actor, user: User, roles: list[str]) -> Membership:
    """Make a person who agreed to it a member with these roles. Runs inside the organisation's scope."""
    actor.require("accounts.member.manage")
    membership = Membership.objects.create(user=user)
    audit.record(
        actor=actor,
        verb="member.added",
        subject=membership,
        person=f"user:{user.pk}",
        personal={"username": user.username},
        roles=roles,
    )
    for role in roles:
        give_role(actor=actor, holder=membership, role=role, announced=True)
    return membership


@transaction.atomic
def remove_member(*, actor: Actor, membership: Membership) -> None:
    """From the next request on the person may do nothing here; their account and what they wrote stay."""
    actor.require("accounts.member.manage")
    with tenancy.scope(actor.organisation_id), policies.keeping_an_owner(actor.organisation_id):
        held = list(rights.grants_of(membership))
        policies.require_cover(actor, held)
        if not Membership.objects.filter(pk=membership.pk).delete()[0]:
            return
        audit.record(
            actor=actor,
            verb="member.removed",
            subject=membership,
            person=f"user:{membership.user_id}",
            personal={"username": membership.user.username},
            roles=[grant.role.slug for grant in held],
        )


def choose_language(*, user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)
