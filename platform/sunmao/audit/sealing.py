"""Makes the chain: waiting entries become a seal, one sealer at a time for each organisation.

Nothing is numbered when it is written, so that writers never wait for each other. The order of the chain is
the order of sealing: a transaction that commits late leaves its entries to a later seal, and none is skipped.
Each seal holds entries of one retention class, so that a whole seal can be purged when its time has come.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from sunmao.audit import retention
from sunmao.audit.chain import BEGINNING, hash_of, header_of
from sunmao.audit.contents import CONTENT
from sunmao.audit.models import Seal, SealKind, Waiting
from sunmao.audit.signing import signer
from sunmao.core import tenancy
from sunmao.core.clock import now

BATCH = 1000
MAINTENANCE = "audit"
# In one statement, because the sealer works beside the writers: the database hashes what it has at hand, and
# neither texts nor rows travel. An entry that is not there keeps its place in the queue, where it is found.
_TAKE = f"""
    WITH taken AS MATERIALIZED (
        SELECT w.id AS place, e.id, e.retention, sha256(convert_to({CONTENT}, 'UTF8')) AS hash
        FROM audit_waiting w JOIN audit_entry e ON e.id = w.entry_id ORDER BY w.id LIMIT %s
    ), gone AS (
        DELETE FROM audit_waiting w USING taken t WHERE w.id = t.place
    )
    SELECT retention, count(*), array_agg(id ORDER BY place)::text, string_agg(hash, ''::bytea ORDER BY place)
    FROM taken GROUP BY retention ORDER BY retention
"""  # noqa: S608  a constant


class _Group(NamedTuple):
    """What waits of one retention class. `entries` is PostgreSQL's text of the list: nobody here reads it."""

    retention: str
    size: int
    entries: str
    hashes: bytes


def seal_all() -> int:
    """Seal what waits in every organisation. Returns how many entries."""
    with tenancy.presenting(tenancy.MAINTENANCE, MAINTENANCE):
        found = list(Waiting.objects.values_list("organisation_id", flat=True).distinct())
    return sum(seal(organisation_id) for organisation_id in found)


def seal(organisation_id: uuid.UUID) -> int:
    """Seal what waits in one organisation, batch by batch; 0 when another sealer is at it."""
    sealed = 0
    while done := _seal_batch(organisation_id):
        sealed += done
        if done < BATCH:
            break
    return sealed


def _seal_batch(organisation_id: uuid.UUID) -> int:
    with tenancy.scope(organisation_id):
        if not alone(organisation_id):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [BATCH])
            groups = [_Group(*row) for row in cursor.fetchall()]
        previous = last_seal() if groups else None
        for group in groups:
            previous = append(
                previous=previous,
                kept_as=group.retention,
                count=group.size,
                entries=group.entries,
                hashes=bytes(group.hashes),
            )
    return sum(group.size for group in groups)


def alone(organisation_id: uuid.UUID, *, wait: bool = False) -> bool:
    """Only one transaction at a time may continue an organisation's chain."""
    function = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtextextended(%s, 0))",  # noqa: S608  one of two constants
            [f"audit:{organisation_id}"],
        )
        row = cursor.fetchone()
    return wait or bool(row and row[0])


def last_seal() -> Seal | None:
    return Seal.objects.order_by("-number").defer("entries", "hashes").first()


def append(
    *,
    previous: Seal | None,
    kept_as: str,
    count: int = 0,
    entries: str = "{}",
    hashes: bytes = b"",
    purged: Sequence[int] = (),
) -> Seal:
    """Sign and write the next link. The caller holds the lock (`alone`)."""
    moment, key = now(), signer()
    made = Seal(
        number=previous.number + 1 if previous else 1,
        kind=SealKind.PURGE if purged else SealKind.ENTRIES,
        first=previous.last + 1 if previous else 1,
        count=count,
        entries=entries,
        hashes=hashes,
        purged=list(purged),
        retention=kept_as,
        keep_until=retention.keep_until(kept_as, moment),
        sealed_at=moment,
        previous=bytes(previous.hash) if previous else BEGINNING,
        key_id=key.public.id,
    )
    header = header_of(made)
    made.hash, made.signature = hash_of(header), key.sign(header.encode())
    made.save(force_insert=True)
    return made
