"""Sealed entries in the order of the chain, a few thousand at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from sunmao.audit.contents import CONTENT
from sunmao.audit.models import Entry, Seal
from sunmao.audit.selectors import Filter, opened
from sunmao.core import tenancy

SEALS_AT_ONCE = 50
_SEALED = f"""
    SELECT s.number, s.first + u.place - 1, e.id, {CONTENT}
    FROM audit_seal s CROSS JOIN LATERAL unnest(s.entries) WITH ORDINALITY AS u (id, place)
    JOIN audit_entry e ON e.id = u.id
    WHERE s.number = ANY(%s) ORDER BY s.number, u.place
"""  # noqa: S608  a constant


@dataclass(frozen=True)
class Row:
    """`content` is the text that was hashed; `entry` opens the personal texts in it."""

    seal: int
    number: int
    content: str
    entry: Entry


def rows_of(seals: Sequence[Seal], wanted: Filter, organisation_id: uuid.UUID) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute(_SEALED, [[seal.number for seal in seals]])
        sealed = cursor.fetchall()
    found = Entry.objects.filter(wanted.query(), pk__in=[row[2] for row in sealed])
    by_id = {entry.pk: entry for entry in opened(found, organisation_id)}
    return [Row(number, place, text, by_id[pk]) for number, place, pk, text in sealed if pk in by_id]


def portions(organisation_id: uuid.UUID, wanted: Filter) -> Iterator[tuple[list[Seal], list[Row]]]:
    """All seals in order with what is wanted of their entries. Each portion is a transaction of its own."""
    number = 0
    while True:
        with tenancy.scope(organisation_id):
            seals = list(Seal.objects.filter(number__gt=number).defer("entries")[:SEALS_AT_ONCE])
            if not seals:
                return
            portion = rows_of(seals, wanted, organisation_id)
        yield seals, portion
        number = seals[-1].number
