"""What accounts hold about a person: the account, the membership, keys and counts of use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies, rights
from sunmao.accounts.models import ApiKey, FirstRunLink, Membership, Quota, Usage, User
from sunmao.accounts.quotas import counted_as
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.ids import reference
from sunmao.core.people import Erased, Kept, Part, Person


class Accounts:
    def export(self, person: Person) -> Iterator[Part]:
        user = User.objects.filter(pk=person.user_id).first() if person.user_id else None
        if user and is_member(person):
            yield Part(name="profile", title=_("Account"), rows=[_profile(user)])
            yield Part(
                name="memberships", title=_("Memberships"), rows=[_membership(one) for one in _own(person)]
            )
        yield Part(name="api_keys", title=_("API keys"), rows=[_key(one) for one in _keys(person)])
        usage = _counts(person).order_by("starts_at")
        yield Part(name="usage", title=_("Counts of use"), rows=[_usage(one) for one in usage])

    def erase(self, person: Person) -> Iterator[Erased]:
        if person.user_id:
            with policies.keeping_an_owner(person.organisation_id):
                gone, _each = _own(person).delete()
            yield Erased(what=_("Memberships, roles and places in teams"), count=gone)
            revoked = _keys(person).filter(revoked_at=None).update(revoked_at=now())
            yield Erased(what=_("API keys revoked"), count=revoked)
            yield Erased(what=_("Accounts made nameless"), count=_forget_account(person))
        if person.kind == "api_key":
            revoked = _keys(person).filter(revoked_at=None).update(revoked_at=now())
            yield Erased(what=_("API keys revoked"), count=revoked)
        counts = _counts(person).delete()[0]
        counts += Quota.objects.filter(subject=person.subject).delete()[0]
        yield Erased(what=_("Counts of use and limits"), count=counts)

    def kept(self, person: Person) -> Iterator[Kept]:
        if person.user_id and is_member_elsewhere(person):
            yield Kept(
                what=_("The account itself"),
                count=1,
                why=_("The person is a member of another organisation, too."),
            )


def member_called(username: str) -> UUID | None:
    """The id of the user who is known by this name in the current organisation."""
    found = Membership.objects.filter(user__username=username).values_list("user", flat=True).first()
    return found if isinstance(found, UUID) else None


def require_rank(actor: Actor, person: Person) -> None:
    """Erasing somebody takes their roles away, and nobody takes away what they could not give."""
    for member in _own(person):
        policies.require_rank(actor, member)


def _own(person: Person) -> Any:
    return Membership.objects.filter(user=person.user_id)


def is_member(person: Person) -> bool:
    return bool(_own(person).exists())


def is_member_elsewhere(person: Person) -> bool:
    """People may see their own memberships everywhere; the policy of the table gives them nothing else."""
    with tenancy.presenting(tenancy.USER, str(person.user_id)):
        others = Membership.objects.filter(user=person.user_id).exclude(
            organisation_id=person.organisation_id
        )
        return bool(others.exists())


def _keys(person: Person) -> Any:
    if person.kind == "api_key":
        return ApiKey.objects.filter(pk=reference(person.id))
    return ApiKey.objects.filter(created_by=person.user_id) if person.user_id else ApiKey.objects.none()


def _forget_account(person: Person) -> int:
    """The row stays as a number that old records name; nobody can sign in with it or tell who it was."""
    users = User.objects.filter(pk=reference(person.user_id)).exclude(username=_nameless(person))
    if is_member_elsewhere(person) or not users.exists():
        return 0
    FirstRunLink.objects.filter(user=person.user_id).delete()
    nobody = User()
    nobody.set_unusable_password()
    return users.update(
        username=_nameless(person),
        password=nobody.password,
        email="",
        first_name="",
        last_name="",
        language="",
        last_login=None,
        is_active=False,
        is_staff=False,
        is_superuser=False,
    )


def _nameless(person: Person) -> str:
    return f"erased-{person.user_id}"


def _profile(user: User) -> dict[str, Any]:
    names = (
        "username",
        "email",
        "first_name",
        "last_name",
        "language",
        "date_joined",
        "last_login",
        "is_active",
    )
    return {"id": user.pk, **{name: getattr(user, name) for name in names}}


def _membership(member: Membership) -> dict[str, Any]:
    return {
        "since": member.created_at,
        "teams": [team.name for team in member.teams.all()],
        "roles": [
            {
                "role": grant.role.slug,
                "bases": grant.bases,
                "tasks": grant.tasks,
                "models": grant.model_names,
                "since": grant.created_at,
            }
            for grant in rights.grants_of(member)
        ],
    }


def _key(key: ApiKey) -> dict[str, Any]:
    names = ("name", "prefix", "default_task", "created_at", "expires_at", "revoked_at", "last_used_at")
    return {"id": key.pk, **{name: getattr(key, name) for name in names}}


def _counts(person: Person) -> QuerySet[Usage]:
    return Usage.objects.filter(subject=counted_as(person.subject, person.organisation_id))


def _usage(row: Usage) -> dict[str, Any]:
    return {"measure": row.measure, "period": row.period, "since": row.starts_at, "used": row.used}
