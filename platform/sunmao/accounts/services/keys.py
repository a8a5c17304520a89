from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import policies
from sunmao.accounts.models import ApiKey, Grant
from sunmao.accounts.roles import BuiltIn
from sunmao.accounts.secrets import digest, new_key
from sunmao.accounts.services.grants import describe, give_role
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.core.ids import reference
from sunmao.core.vertical import find_task

LAST_USED_RESOLUTION = timedelta(minutes=1)
LONGEST_NAME = 100


@dataclass(frozen=True)
class IssuedKey:
    """A key and its new secret, which is shown this once."""

    key: ApiKey
    secret: str


class KeyRevoked(Conflict):
    code = "key_revoked"
    default_message = _("This key was revoked. Make a new one.")


@transaction.atomic
def create_api_key(
    *,
    actor: Actor,
    name: str,
    default_task: str = "customer_service.ask",
    bases: Sequence[str] = (),
    tasks: Sequence[str] = (),
    models: Sequence[str] = (),
    role: str = BuiltIn.CHANNEL,
    expires_at: datetime | None = None,
) -> IssuedKey:
    """A key for a program, with one role to begin with; never with more rights than its maker has."""
    actor.require("accounts.key.manage")
    find_task(default_task)
    clean = name.strip()
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise InvalidInput(fields={"name": _("Use at most 100 printable characters.")})
    if expires_at and expires_at <= now():
        raise InvalidInput(fields={"expires_at": _("is in the past")})
    secret = new_key()
    with tenancy.scope(actor.organisation_id):
        key = ApiKey.objects.create(
            name=clean,
            prefix=secret[:8],
            hash=digest(secret),
            default_task=default_task,
            expires_at=_end(expires_at),
            created_by_id=actor.id if actor.kind == "user" else None,
        )
        grant = give_role(
            actor=actor, holder=key, role=role, bases=bases, tasks=tasks, models=models, announced=True
        )
        audit.record(
            actor=actor,
            verb="key.created",
            subject=key,
            name=clean,
            default_task=default_task,
            expires_at=key.expires_at.isoformat() if key.expires_at else None,
            **describe(grant),
        )
    return IssuedKey(key=key, secret=secret)


@transaction.atomic
def rotate_api_key(*, actor: Actor, key: ApiKey, grace: timedelta | None = None) -> IssuedKey:
    """A new secret; the one before stays good for a while, so that programs can be changed over.

    Whoever rotates a key holds its secret, and so needs its rights. The key lives as long again; a secret
    that had expired stays dead.
    """
    actor.require("accounts.key.manage")
    pause = settings.SUNMAO_KEY_GRACE if grace is None else grace
    if not timedelta(0) <= pause <= settings.SUNMAO_KEY_MAX_GRACE:
        raise InvalidInput(fields={"grace_seconds": _("is too long")})
    secret = new_key()
    with tenancy.scope(actor.organisation_id):
        row = ApiKey.objects.select_for_update().get(pk=key.pk)
        policies.require_cover(actor, Grant.objects.filter(key=row).select_related("role"))
        if row.revoked_at:
            raise KeyRevoked
        before = {"prefix": row.prefix, "expires_at": row.expires_at and row.expires_at.isoformat()}
        _renew(row, secret=secret, grace=pause)
        after = {"prefix": row.prefix, "expires_at": row.expires_at and row.expires_at.isoformat()}
        until = row.previous_until and row.previous_until.isoformat()
        audit.record(
            actor=actor,
            verb="key.rotated",
            subject=row,
            name=row.name,
            before=before,
            after={**after, "previous_until": until},
        )
    return IssuedKey(key=row, secret=secret)


def _renew(row: ApiKey, *, secret: str, grace: timedelta) -> None:
    moment = now()
    if row.expires_at and row.expires_at <= moment:
        grace = timedelta(0)
    if row.expires_at:
        lifetime = row.expires_at - (row.rotated_at or row.created_at)
        row.expires_at = _end(moment + lifetime if lifetime > timedelta(0) else None)
    row.previous_hash, row.previous_until = (row.hash, moment + grace) if grace else (None, None)
    row.prefix, row.hash, row.rotated_at = secret[:8], digest(secret), moment
    row.save(update_fields=["prefix", "hash", "previous_hash", "previous_until", "rotated_at", "expires_at"])


def _end(wanted: datetime | None) -> datetime | None:
    """When a key ends that is made now: as asked for, else after the ordinary lifetime."""
    ordinary, longest = settings.SUNMAO_KEY_LIFETIME, settings.SUNMAO_KEY_MAX_LIFETIME
    if longest and wanted and wanted > now() + longest + timedelta(days=1):
        raise InvalidInput(
            fields={"expires_at": _("A key may live for %(days)d days at most.") % {"days": longest.days}}
        )
    lifetime = min((one for one in (ordinary, longest) if one), default=None)
    return wanted or (now() + lifetime if lifetime else None)


@transaction.atomic
def revoke_api_key(*, actor: Actor, key: ApiKey) -> None:
    """At once, for every process; whoever manages keys may stop any of them."""
    actor.require("accounts.key.manage")
    with tenancy.scope(actor.organisation_id):
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now()):
            audit.record(actor=actor, verb="key.revoked", subject=key, name=key.name)


def touch_key(*, actor: Actor) -> None:
    """Remember when a key was last used, at most once a minute: a read must not become a write each time."""
    stale = now() - LAST_USED_RESOLUTION
    with tenancy.scope(actor.organisation_id):
        keys = ApiKey.objects.filter(pk=reference(actor.id))
        keys.exclude(last_used_at__gt=stale).update(last_used_at=now())
