"""How the running session was opened: what was proven, and by whom.

django-allauth keeps a record of each step in the session. A session that was opened through an
organisation's identity provider speaks for that organisation alone, and may not touch the person's own
credentials: whoever runs a provider can sign in as any of its people, and must not get further with that.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest

from sunmao.core.ids import parse_id

PROVIDER = "provider"


@dataclass(frozen=True)
class Opening:
    second_factor: bool = False
    organisation_id: UUID | None = None
    connection_id: UUID | None = None

    @property
    def by_provider(self) -> bool:
        return self.connection_id is not None


def opening(request: HttpRequest, user: AbstractBaseUser | AnonymousUser | None = None) -> Opening:
    """Of the signed-in person's session, or of `user` who is on the way in."""
    who = user or request.user
    if not isinstance(who, AbstractBaseUser):
        return Opening()
    records = get_authentication_records(request, who)
    by_provider = [record for record in records if record.get("method") == PROVIDER]
    given: dict[str, object] = by_provider[0] if by_provider else {}
    return Opening(
        second_factor=any(_is_second_factor(record) for record in records),
        organisation_id=parse_id(given.get("organisation")),
        connection_id=parse_id(given.get("connection")),
    )


def _is_second_factor(record: dict[str, object]) -> bool:
    return record.get("method") == "mfa" or bool(record.get("second_factor"))
