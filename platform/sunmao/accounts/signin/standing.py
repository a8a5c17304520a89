"""In which organisation a session acts: asked anew for each request, so that who was removed is out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from sunmao.accounts.models import Membership, Organisation, User
from sunmao.accounts.selectors import role_slugs_of
from sunmao.accounts.signin.models import Policy
from sunmao.accounts.signin.opening import opening
from sunmao.core import tenancy
from sunmao.core.errors import NotFound
from sunmao.core.ids import parse_id

CHOSEN = "organisation"


@dataclass(frozen=True)
class Standing:
    """Of a signed-in person. Without `membership` they may do nothing yet; the rest says why."""

    membership: Membership | None = None
    open_to: tuple[Membership, ...] = ()
    needs_second_factor: bool = False
    needs_choice: bool = False


def standing(request: HttpRequest) -> Standing:
    """What the session may act as. It fails closed: whatever is missing, nobody is acting."""
    user = request.user
    if not isinstance(user, User):
        return Standing()
    opened = opening(request)
    open_to = tuple(
        found for found in memberships_of(user) if opened.organisation_id in (None, found.organisation_id)
    )
    chosen = parse_id(request.session.get(CHOSEN))
    found = _pick(open_to, chosen)
    if found is None:
        return Standing(open_to=open_to, needs_choice=bool(open_to))
    if asks_second_factor(found) and not opened.second_factor:
        return Standing(open_to=open_to, needs_second_factor=True)
    return Standing(found, open_to)


def membership_of_session(request: HttpRequest) -> Membership | None:
    return standing(request).membership


def memberships_of(user: User) -> list[Membership]:
    """All of a person's, oldest first, each with the roles that its organisation asks a second factor of."""
    asked = Policy.objects.filter(organisation_id=OuterRef("organisation_id")).values("second_factor_roles")
    with tenancy.presenting(tenancy.USER, str(user.pk)):
        found = Membership.objects.filter(user=user).annotate(asked_of=Subquery(asked[:1]))
        return list(found.order_by("created_at", "pk"))


def asks_second_factor(membership: Membership) -> bool:
    asked = getattr(membership, "asked_of", None) or []
    return bool(asked) and not role_slugs_of(membership).isdisjoint(asked)


def choose_organisation(*, request: HttpRequest, organisation_id: str) -> None:
    """Act in another of one's organisations from now on."""
    wanted = parse_id(organisation_id)
    if wanted not in {found.organisation_id for found in standing(request).open_to}:
        raise NotFound
    request.session[CHOSEN] = str(wanted)


def names_of(memberships: tuple[Membership, ...]) -> dict[UUID, str]:
    ids = [found.organisation_id for found in memberships]
    return dict(Organisation.objects.filter(pk__in=ids).values_list("pk", "name"))


def _pick(open_to: tuple[Membership, ...], chosen: UUID | None) -> Membership | None:
    """The chosen one; without a choice the oldest; never another in place of a chosen one that is gone."""
    if chosen is None:
        return open_to[0] if open_to else None
    return next((found for found in open_to if found.organisation_id == chosen), None)
