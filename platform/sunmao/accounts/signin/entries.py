"""What is written down about sign-ins.

Of a known person: in the audit log of their organisations. An unknown name belongs to no organisation: it is
noted in the security log of the installation, without the name, for people type passwords into that field.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from django.utils.crypto import salted_hmac

from sunmao.accounts.models import Membership, User
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor

security_log = structlog.get_logger("sunmao.security")


def by_person(user: User, organisation_id: UUID) -> Actor:
    """The person as the author of an entry; it carries no rights."""
    return Actor(
        kind="user",
        id=user.pk,
        organisation_id=organisation_id,
        name=user.get_full_name() or user.get_username(),
        language=user.language,
    )


def by_the_door(organisation_id: UUID) -> Actor:
    """Whoever failed to get in is not known to be the person whose name they used."""
    return Actor(kind="system", id=None, organisation_id=organisation_id, name="sign-in", language="")


def note(
    user: User, verb: str, *, organisation_id: UUID | None = None, known: bool = True, **detail: Any
) -> None:
    """One entry, in the organisation given or else in each that the person belongs to."""
    for found in [organisation_id] if organisation_id else organisations_of(user):
        with tenancy.scope(found):
            actor = by_person(user, found) if known else by_the_door(found)
            audit.record(actor=actor, verb=verb, subject=user, **detail)


def note_stranger(verb: str, *, name: str, address: str, **detail: Any) -> None:
    told = salted_hmac("sunmao.signin.log", name.casefold(), algorithm="sha256").hexdigest()[:12]
    security_log.warning(verb, name_hash=told, address=address, **detail)


def organisations_of(user: User) -> list[UUID]:
    with tenancy.presenting(tenancy.USER, str(user.pk)):
        found = Membership.objects.filter(user=user).order_by("created_at", "pk")
        return list(found.values_list("organisation_id", flat=True))
