"""Which policy holds, and what was replaced."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from sunmao.core.actor import Actor
from sunmao.core.errors import NotFound
from sunmao.core.ids import reference as id_in
from sunmao.core.vertical import installed
from sunmao.guards.models import PersonalDataPolicy, PolicyScope, SurrogateMap
from sunmao.guards.personal.policy import DEFAULTS, Place, Policy, strictest


def policy_for(*, place: Place, vertical: str = "", bases: Collection[str] = ()) -> Policy:
    """The strictest of what the organisation, the business line and the bases ask for.

    The organisation's own row takes the place of the built-in default; the others can only add to it.
    """
    line = Q(scope_kind=PolicyScope.VERTICAL, scope__in=[vertical, *_lines_of(bases)])
    base = Q(scope_kind=PolicyScope.BASE, scope__in=bases)
    rows = list(
        PersonalDataPolicy.objects.filter(Q(scope_kind=PolicyScope.ORGANISATION) | line | base, place=place)
    )
    general = [_policy(row) for row in rows if row.scope_kind == PolicyScope.ORGANISATION]
    special = [_policy(row) for row in rows if row.scope_kind != PolicyScope.ORGANISATION]
    return strictest([*(general or [DEFAULTS[place]]), *special])


def _policy(row: PersonalDataPolicy) -> Policy:
    return Policy.of(modes=row.modes, images=row.images, allowed=row.allowed)


def _lines_of(bases: Collection[str]) -> list[str]:
    """A base that is a business line's own follows its policy too."""
    return [vertical.slug for vertical in installed() if vertical.base_slug in bases]


def policies_of(actor: Actor) -> QuerySet[PersonalDataPolicy]:
    actor.require("guards.policy.manage")
    return PersonalDataPolicy.objects.filter(organisation_id=actor.organisation_id)


def visible_policy(*, actor: Actor, reference: object) -> PersonalDataPolicy:
    found = policies_of(actor).filter(pk=id_in(reference)).first()
    if found is None:
        raise NotFound
    return found


def surrogates_about(about: UUID) -> dict[str, str]:
    """Empty when nothing was replaced, or when the person has been erased."""
    row = SurrogateMap.objects.filter(about=about).first()
    return dict(row.values) if row else {}


__all__ = ["policies_of", "policy_for", "surrogates_about", "visible_policy"]
