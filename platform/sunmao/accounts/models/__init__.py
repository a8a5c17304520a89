from __future__ import annotations

from sunmao.accounts.models.access import ApiKey, Grant, Role
from sunmao.accounts.models.people import FirstRunLink, Membership, Organisation, Team, TeamMember, User
from sunmao.accounts.models.usage import Quota, Reservation, Usage

__all__ = [
    "ApiKey",
    "FirstRunLink",
    "Grant",
    "Membership",
    "Organisation",
    "Quota",
    "Reservation",
    "Role",
    "Team",
    "TeamMember",
    "Usage",
    "User",
]
