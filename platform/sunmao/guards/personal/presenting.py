"""Policies as the doors show them."""

from __future__ import annotations

from typing import Any

from sunmao.guards.models import PersonalDataPolicy
from sunmao.guards.personal.policy import PLACES
from sunmao.guards.personal.selectors import policy_for


def policy_as_dict(row: PersonalDataPolicy) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "place": row.place,
        "scope_kind": row.scope_kind,
        "scope": row.scope,
        "modes": row.modes,
        "images": row.images,
        "allowed": row.allowed,
        "updated_at": row.updated_at.isoformat(),
    }


def effective() -> list[dict[str, Any]]:
    """In the current scope: what holds for the whole organisation in each place."""
    found = ((place, policy_for(place=place)) for place in PLACES)
    return [{"place": place, "modes": dict(policy.modes), "images": policy.images} for place, policy in found]


__all__ = ["effective", "policy_as_dict"]
