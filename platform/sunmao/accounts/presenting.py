"""Roles, members, teams, keys and limits as every door shows them."""

from __future__ import annotations

from typing import Any

from sunmao.accounts.models import ApiKey, Grant, Membership, Quota, Role, Team
from sunmao.accounts.quotas import highest_use, window_of
from sunmao.accounts.services import IssuedKey
from sunmao.core.actor import Actor
from sunmao.core.actor import Grant as GrantValue
from sunmao.core.clock import now


def role_as_dict(role: Role) -> dict[str, Any]:
    return {
        "slug": role.slug,
        "name": str(role.title),
        "built_in": role.built_in,
        "vertical": role.vertical,
        "permissions": sorted(role.effective),
    }


def grant_as_dict(grant: Grant) -> dict[str, Any]:
    return {
        "id": str(grant.pk),
        "role": grant.role.slug,
        "bases": grant.bases,
        "tasks": grant.tasks,
        "models": grant.model_names,
        "granted_by": grant.granted_by.username if grant.granted_by else None,
        "created_at": grant.created_at.isoformat(),
    }


def _grants(rows: Any) -> list[dict[str, Any]]:
    return [grant_as_dict(grant) for grant in rows.all()]


def member_as_dict(member: Membership) -> dict[str, Any]:
    return {
        "id": str(member.pk),
        "username": member.user.username,
        "name": member.user.get_full_name(),
        "active": member.user.is_active,
        "since": member.created_at.isoformat(),
        "grants": _grants(member.grants),
        "teams": [{"id": str(team.pk), "name": team.name} for team in member.teams.all()],
    }


def team_as_dict(team: Team) -> dict[str, Any]:
    members = sorted(team.members.all(), key=lambda one: one.user.username)
    return {
        "id": str(team.pk),
        "name": team.name,
        "members": [{"id": str(one.pk), "username": one.user.username} for one in members],
        "grants": _grants(team.grants),
    }


def key_as_dict(key: ApiKey) -> dict[str, Any]:
    def moment(value: Any) -> str | None:
        return value.isoformat() if value else None

    return {
        "id": str(key.pk),
        "name": key.name,
        "prefix": key.prefix,
        "owner": key.created_by.username if key.created_by else None,
        "default_task": key.default_task,
        "grants": _grants(key.grants),
        "created_at": moment(key.created_at),
        "rotated_at": moment(key.rotated_at),
        "previous_until": moment(key.previous_until),
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
        "last_used_at": moment(key.last_used_at),
        "revoked": bool(key.revoked_at),
    }


def issued_key_as_dict(issued: IssuedKey) -> dict[str, Any]:
    """With the secret, for the one time that it is shown."""
    return {**key_as_dict(issued.key), "secret": issued.secret}


def quota_as_dict(quota: Quota) -> dict[str, Any]:
    """`used` is what counts now; of a limit for each of many, by whoever used most."""
    return {
        "id": str(quota.pk),
        "target": quota.target,
        "only_for": quota.subject,
        "measure": quota.measure,
        "period": quota.period,
        "limit": quota.limit,
        "used": highest_use(quota, quota.organisation_id),
        "renews_at": window_of(quota.period, now()).ends_at.isoformat(),
    }


def rights_as_dict(actor: Actor) -> dict[str, Any]:
    """What somebody may do: everywhere, and in parts of the organisation."""
    return {
        "permissions": sorted(actor.permissions),
        "narrowed": [_narrowed(grant) for grant in actor.narrowed],
    }


def _narrowed(grant: GrantValue) -> dict[str, Any]:
    parts = {"bases": grant.bases, "tasks": grant.tasks, "models": grant.models}
    return {
        "permissions": sorted(grant.permissions),
        **{name: sorted(part) if part is not None else [] for name, part in parts.items()},
    }
