"""Entries leave when their time has come: whole seals, named by a seal of their own, never before the floor.

The hashes of what left stay in the chain, which therefore still verifies. The database's function refuses
anything that is younger than 184 days or than its class, whoever calls it (`migrations/0003_the_chain.py`).
"""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

from django.apps import apps
from django.db import connection
from django.utils.module_loading import import_string

from sunmao.audit import retention
from sunmao.audit import services as audit
from sunmao.audit.models import Seal, SealKind
from sunmao.audit.sealing import alone, append, last_seal
from sunmao.audit.subject import AuditLog, keeper
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now

MANAGE = "audit.retention.manage"
SEALS_AT_ONCE = 500


def due(organisation_id: uuid.UUID) -> list[Seal]:
    """Seals whose entries may leave, oldest first."""
    with tenancy.scope(organisation_id):
        gone = {
            number
            for named in Seal.objects.filter(kind=SealKind.PURGE).values_list("purged", flat=True)
            for number in named
        }
        moment = now()
        old = Seal.objects.filter(
            kind=SealKind.ENTRIES,
            keep_until__lt=moment,
            sealed_at__lt=moment - timedelta(days=retention.FLOOR_DAYS),
        )
        return [
            seal
            for seal in old.defer("entries", "hashes")
            # a class that was lengthened since holds for what is already there
            if seal.number not in gone and retention.keep_until(seal.retention, seal.sealed_at) < moment
        ]


def purge(*, actor: Actor) -> int:
    """Remove what may leave. Returns the number of entries."""
    actor.require(MANAGE)
    removed = 0
    while seals := due(actor.organisation_id)[:SEALS_AT_ONCE]:
        removed += _remove(actor, seals)
    return removed


def _remove(actor: Actor, seals: list[Seal]) -> int:
    with tenancy.scope(actor.organisation_id):
        alone(actor.organisation_id, wait=True)
        link = append(
            previous=last_seal(), kept_as=retention.STANDARD, purged=[seal.number for seal in seals]
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_remove(%s)", [link.number])
            row = cursor.fetchone()
        removed = int(row[0]) if row else 0
        audit.record(
            actor=actor,
            verb="audit.purged",
            subject=AuditLog(actor.organisation_id),
            entries=removed,
            seals=len(seals),
            seal=link.number,
            until=max(seal.sealed_at for seal in seals).isoformat(),
        )
    return removed


def purge_vouched(*, actor: Actor) -> dict[str, int]:
    """Rows of other apps that were kept as long as their entry (`kept_with_audit` of an AppConfig). Returns
    how many of what left."""
    actor.require(MANAGE)
    left: Counter[str] = Counter()
    for config in apps.get_app_configs():
        if dotted := getattr(config, "kept_with_audit", ""):
            left.update(import_string(dotted)(actor))
    return dict(left)


def purge_all(organisations: list[uuid.UUID]) -> int:
    removed = 0
    for organisation_id in organisations:
        actor = keeper(organisation_id)
        removed += purge(actor=actor)
        purge_vouched(actor=actor)
    return removed
