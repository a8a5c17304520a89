"""Links that make somebody a member, once. Nobody is taken into an organisation without having agreed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies
from sunmao.accounts.models import Grant, Membership, Organisation, User
from sunmao.accounts.secrets import digest, new_link_token
from sunmao.accounts.selectors import actor_by_id, find_role
from sunmao.accounts.services.members import AlreadyMember, NameTaken, join
from sunmao.accounts.signin import passwords
from sunmao.accounts.signin.models import Invitation, MemberAddress
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, Message, NotFound, Unauthenticated
from sunmao.core.ids import reference as id_in

HASH = "app.invitation_hash"
PERMISSION = "accounts.member.manage"


@dataclass(frozen=True)
class Issued:
    """An invitation and its token, which is shown this once."""

    invitation: Invitation
    token: str


@transaction.atomic
def invite(*, actor: Actor, role: str, email: str = "", name: str = "") -> Issued:
    """Nobody invites into a role that gives more than they have themselves."""
    actor.require(PERMISSION)
    email = _checked_email(email)
    if len(name) > 150 or not name.isprintable():
        raise InvalidInput(fields={"name": _("must be at most 150 printable characters")})
    token = new_link_token()
    with tenancy.scope(actor.organisation_id):
        _require_reach(actor, role)
        made = Invitation.objects.create(
            email=email,
            name=name,
            role=role,
            hash=digest(token),
            invited_by_kind=actor.kind,
            invited_by=actor.id,
            expires_at=_end(),
        )
        audit.record(actor=actor, verb="invitation.sent", subject=made, role=role, **_personal(made))
    return Issued(made, token)


@transaction.atomic
def resend(*, actor: Actor, invitation: Invitation) -> Issued:
    """A fresh link; the earlier one stops working."""
    actor.require(PERMISSION)
    token = new_link_token()
    with tenancy.scope(actor.organisation_id):
        found = _open_one(invitation)
        _require_reach(actor, found.role)
        found.hash, found.expires_at = digest(token), _end()
        found.invited_by_kind, found.invited_by = actor.kind, actor.id
        found.save(update_fields=["hash", "expires_at", "invited_by_kind", "invited_by"])
        audit.record(actor=actor, verb="invitation.sent_again", subject=found, **_personal(found))
    return Issued(found, token)


@transaction.atomic
def withdraw(*, actor: Actor, invitation: Invitation) -> Invitation:
    actor.require(PERMISSION)
    with tenancy.scope(actor.organisation_id):
        found = _open_one(invitation)
        found.withdrawn_at = now()
        found.save(update_fields=["withdrawn_at"])
        audit.record(actor=actor, verb="invitation.withdrawn", subject=found, **_personal(found))
    return found


def find(token: str) -> Invitation:
    """The invitation that a link leads to, as long as it can be accepted."""
    hashed = digest(token)
    with tenancy.presenting(HASH, hashed):
        found = Invitation.objects.filter(hash=hashed).first()
    if found is None or state_of(found) != "open":
        raise passwords.link_used()
    return found


@transaction.atomic
def accept_as_new(*, token: str, username: str, password: str) -> User:
    """A new person chooses a name and a password. A name that exists stays whose it is."""
    with _claimed(token) as invitation:
        user = User(username=username, email=invitation.email, first_name=invitation.name)
        user.set_unusable_password()
        try:
            user.full_clean(exclude=["password", "last_login", "date_joined"], validate_unique=False)
        except ValidationError as error:
            raise InvalidInput(fields={"username": " ".join(error.messages)}) from error
        passwords.check(password, user)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError as error:
            raise NameTaken(fields={"username": username}) from error
        _accept(invitation, user)
    return user


@transaction.atomic
def accept_as(*, token: str, user: User) -> User:
    """Somebody who is signed in joins with the account that they have."""
    with _claimed(token) as invitation:
        if Membership.objects.filter(user=user).exists():
            raise AlreadyMember
        _accept(invitation, user)
    return user


@contextmanager
def _claimed(token: str) -> Iterator[Invitation]:
    """The invitation under a lock, in the scope of its organisation: two with the same link, and one wins."""
    with tenancy.scope(find(token).organisation_id):
        found = Invitation.objects.select_for_update().filter(hash=digest(token)).first()
        if found is None or state_of(found) != "open":
            raise passwords.link_used()
        yield found


def _accept(invitation: Invitation, user: User) -> None:
    inviter = _still_allowed(invitation)
    member = join(actor=inviter, user=user, roles=[invitation.role])
    invitation.accepted_at, invitation.accepted_by = now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.email and not MemberAddress.objects.filter(email=invitation.email).exists():
        MemberAddress.objects.create(user=user, email=invitation.email)
    author = Actor(
        kind="user",
        id=user.pk,
        organisation_id=invitation.organisation_id,
        name=user.get_username(),
        language=user.language,
    )
    audit.record(
        actor=author,
        verb="invitation.accepted",
        subject=invitation,
        member=str(member.pk),
        role=invitation.role,
    )


def _still_allowed(invitation: Invitation) -> Actor:
    """An invitation is worth what its author may still do when it is used."""
    if invitation.invited_by_kind == "system":
        return Actor(
            kind="system", id=None, organisation_id=invitation.organisation_id, name="invitation", language=""
        )
    try:
        actor = actor_by_id(
            kind=invitation.invited_by_kind,
            actor_id=invitation.invited_by,
            organisation_id=invitation.organisation_id,
            language="",
        )
        actor.require(PERMISSION)
        _require_reach(actor, invitation.role)
    except (Forbidden, Unauthenticated, NotFound) as error:
        raise passwords.link_used() from error
    return actor


def state_of(invitation: Invitation) -> str:
    if invitation.accepted_at:
        return "accepted"
    if invitation.withdrawn_at:
        return "withdrawn"
    return "open" if invitation.expires_at > now() else "expired"


def invitations_visible_to(actor: Actor) -> QuerySet[Invitation]:
    actor.require(PERMISSION)
    return Invitation.objects.filter(organisation_id=actor.organisation_id)


def visible_invitation(*, actor: Actor, reference: object) -> Invitation:
    found = invitations_visible_to(actor).filter(pk=id_in(reference)).first()
    if found is None:
        raise NotFound
    return found


def as_dict(invitation: Invitation) -> dict[str, Any]:
    accepted = invitation.accepted_at
    return {
        "id": str(invitation.pk),
        "email": invitation.email,
        "name": invitation.name,
        "role": invitation.role,
        "state": state_of(invitation),
        "created_at": invitation.created_at.isoformat(),
        "expires_at": invitation.expires_at.isoformat(),
        "accepted_at": accepted.isoformat() if accepted else None,
    }


def organisation_of(invitation: Invitation) -> Organisation:
    return Organisation.objects.get(pk=invitation.organisation_id)


def role_title(invitation: Invitation) -> Message:
    with tenancy.scope(invitation.organisation_id):
        return find_role(invitation.role).title


def _open_one(invitation: Invitation) -> Invitation:
    """One that was not used or withdrawn; an expired one may be sent again."""
    found = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if found is None:
        raise NotFound
    if found.accepted_at or found.withdrawn_at:
        raise Conflict(_("This invitation was used or withdrawn already."), code="invitation_ended")
    return found


def _require_reach(actor: Actor, slug: str) -> None:
    policies.require_cover(actor, [Grant(role=find_role(slug))])


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise InvalidInput(fields={"email": " ".join(error.messages)}) from error
    return email


def _personal(invitation: Invitation) -> dict[str, Any]:
    """Nobody has an account yet: the texts are the invitation's own."""
    told = {"email": invitation.email, "name": invitation.name}
    return {"personal": told, "person": f"invitation:{invitation.pk}"} if any(told.values()) else {}


def _end() -> Any:
    return now() + timedelta(days=settings.SUNMAO_INVITATION_DAYS)
