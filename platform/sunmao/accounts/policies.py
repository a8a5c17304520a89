"""Who may give what to whom: nobody more than they have."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import models, rights
from sunmao.accounts.roles import BuiltIn
from sunmao.core.actor import Actor, Grant, has_task
from sunmao.core.errors import Conflict, Forbidden


class BeyondOwnRights(Forbidden):
    code = "beyond_own_rights"
    default_message = _("You cannot give, take or use rights that you do not have yourself.")


class LastOwner(Conflict):
    code = "last_owner"
    default_message = _("An organisation needs an owner. Appoint another one first.")


def covers(actor: Actor, wanted: Grant) -> bool:
    """Whether the actor has every permission of the grant, at least as widely."""
    return all(
        actor.kind == "system"
        or permission in actor.permissions
        or any(permission in one.permissions and includes(one, wanted) for one in actor.narrowed)
        for permission in wanted.permissions
    )


def includes(wider: Grant, wanted: Grant) -> bool:
    """Whether every base, task and model of `wanted` is one of `wider`."""
    return (
        wider.reach() | wanted.reach() == wider.reach()
        and (wider.models is None or (wanted.models is not None and wanted.models <= wider.models))
        and (
            wider.tasks is None
            or (wanted.tasks is not None and all(has_task(wider.tasks, one) for one in wanted.tasks))
        )
    )


def require_cover(actor: Actor, rows: Iterable[models.Grant]) -> None:
    """Giving somebody these grants, taking them away, or getting hold of them through a key."""
    for row in rows:
        require_reach(actor, rights.value_of(row), role=row.role)


def require_rank(actor: Actor, member: models.Membership) -> None:
    """Whatever lets somebody act as this person, or takes what they have: nobody reaches above themself."""
    require_cover(actor, rights.grants_of(member))


def require_reach(actor: Actor, wanted: Grant, *, role: models.Role) -> None:
    if not covers(actor, wanted):
        raise BeyondOwnRights(fields={"role": role.slug})


@contextmanager
def keeping_an_owner(organisation_id: uuid.UUID) -> Iterator[None]:
    """What happens inside is taken back when it leaves an organisation without the owners that it had.

    One at a time per organisation: two owners who dismiss each other must not both succeed.
    """
    models.Organisation.objects.select_for_update().get(pk=organisation_id)
    had = has_owner()
    yield
    if had and not has_owner():
        raise LastOwner


def has_owner() -> bool:
    owning = models.Grant.objects.filter(role__slug=BuiltIn.OWNER, bases=[], tasks=[], model_names=[])
    people = models.Membership.objects.filter(user__is_active=True)
    return people.filter(Q(grants__in=owning) | Q(teams__grants__in=owning)).exists()
