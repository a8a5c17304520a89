"""What signing in holds about a person: addresses, identities, second factors, sessions, invitations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import User
from sunmao.accounts.personal_data import is_member, is_member_elsewhere
from sunmao.accounts.signin.models import Identity, Invitation, MemberAddress, ResetLink
from sunmao.accounts.signin.sessions import end_all
from sunmao.core.ids import reference
from sunmao.core.people import Erased, Kept, Part, Person


class SignIn:
    def export(self, person: Person) -> Iterator[Part]:
        if not person.user_id or not is_member(person):
            return
        yield Part(name="addresses", title=_("E-mail addresses"), rows=[*_addresses(person)])
        identities = Identity.objects.filter(user=person.user_id).select_related("connection")
        rows = [{"provider": one.connection.name, "subject": one.subject} for one in identities]
        yield Part(name="identities", title=_("Identities at providers"), rows=rows)
        factors = Authenticator.objects.filter(user=person.user_id)
        rows = [{"kind": one.type, "since": one.created_at, "last_used": one.last_used_at} for one in factors]
        yield Part(name="second_factors", title=_("Second factors"), rows=rows)
        sessions = UserSession.objects.filter(user=person.user_id)
        yield Part(name="sessions", title=_("Sessions"), rows=[_session(one) for one in sessions])

    def erase(self, person: Person) -> Iterator[Erased]:
        if not person.user_id:
            return
        own = MemberAddress.objects.filter(user=person.user_id)
        meant = Q(accepted_by=person.user_id) | Q(email__in=list(own.values_list("email", flat=True)))
        invitations = Invitation.objects.filter(meant).exclude(email="", name="")
        yield Erased(
            what=_("Names and addresses in invitations"), count=invitations.update(email="", name="")
        )
        identities = Identity.objects.filter(user=person.user_id).delete()[0]
        yield Erased(what=_("Addresses and identities"), count=own.delete()[0] + identities)
        if not is_member_elsewhere(person):
            yield from _everywhere(person)

    def kept(self, person: Person) -> Iterator[Kept]:
        return iter(())


def _everywhere(person: Person) -> Iterator[Erased]:
    """What belongs to the person rather than to this organisation."""
    user = User.objects.filter(pk=reference(person.user_id)).first()
    if user is None:
        return
    yield Erased(what=_("Sessions"), count=end_all(user=user))
    count = sum(
        model.objects.filter(user=user).delete()[0]
        for model in (Authenticator, EmailAddress, SocialAccount, UserSession, ResetLink)
    )
    yield Erased(what=_("Second factors, addresses and links of the account"), count=count)


def _addresses(person: Person) -> Iterator[dict[str, Any]]:
    for one in EmailAddress.objects.filter(user=person.user_id):
        yield {"email": one.email, "verified": one.verified, "primary": one.primary}
    for known in MemberAddress.objects.filter(user=person.user_id):
        yield {"email": known.email, "confirmed_at": known.confirmed_at}


def _session(one: UserSession) -> dict[str, Any]:
    return {
        "created_at": one.created_at,
        "last_seen_at": one.last_seen_at,
        "ip": one.ip,
        "user_agent": one.user_agent,
    }
