"""Walks a chain in the database and finds what somebody did to it.

Everything is read in one snapshot, a few thousand entries at a time, so that it may run beside writers and
sealers and on a log of any length.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from sunmao.audit.chain import HASH_BYTES, Problem, Walker
from sunmao.audit.contents import CONTENT, audited_contents, digest
from sunmao.audit.heads import Head
from sunmao.audit.models import Entry, Seal, SealKind, Waiting
from sunmao.audit.signing import PublicKey, public_keys
from sunmao.core import tenancy

AT_ONCE = 3000
MOST_PROBLEMS = 1000
# In the order of the seal; a deleted entry is a row without a text. The third column is what an entry vouches
# for, and empty for nearly all of them.
_ENTRIES = f"""
    SELECT s.number, {CONTENT},
        CASE WHEN e.content <> '' THEN e.verb || ' ' || e.subject_id || ' ' || e.content END, e.id IS NULL
    FROM audit_seal s CROSS JOIN LATERAL unnest(s.entries) WITH ORDINALITY AS u (id, place)
    LEFT JOIN audit_entry e ON e.id = u.id
    WHERE s.number BETWEEN %s AND %s ORDER BY s.number, u.place
"""  # noqa: S608  a constant
# The planner would read the whole log for each part of it.
_BY_KEY = """
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off;
    SET LOCAL work_mem = '32MB'
"""
_UNACCOUNTED = """
    SELECT e.id::text FROM audit_entry e
    WHERE NOT EXISTS (SELECT 1 FROM audit_waiting w WHERE w.entry_id = e.id)
    AND e.id NOT IN (SELECT unnest(s.entries) FROM audit_seal s) LIMIT %s
"""
_VANISHED = """
    SELECT w.entry_id::text FROM audit_waiting w
    WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.id = w.entry_id) LIMIT %s
"""


@dataclass
class Outcome:
    """What a walk found. `waiting` entries have no seal yet; `purged` ones left when their time had come."""

    organisation_id: uuid.UUID
    seals: int = 0
    entries: int = 0
    waiting: int = 0
    purged: int = 0
    head: Head | None = None
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_sound(self) -> bool:
        return not self.problems

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(problem)

    def as_dict(self) -> dict[str, Any]:
        return {
            "organisation": str(self.organisation_id),
            "sound": self.is_sound,
            "seals": self.seals,
            "entries": self.entries,
            "waiting": self.waiting,
            "purged": self.purged,
            "head": self.head.as_dict() if self.head else None,
            "problems": [problem.as_dict() for problem in self.problems],
            "seconds": round(self.seconds, 3),
        }


def verify(
    organisation_id: uuid.UUID,
    *,
    head: Head | None = None,
    keys: Mapping[str, PublicKey] | None = None,
) -> Outcome:
    """`head` is one that was kept elsewhere; without it a missing tail cannot be seen."""
    began, outcome = time.perf_counter(), Outcome(organisation_id)
    with _snapshot(organisation_id):
        _walk(outcome, public_keys() if keys is None else keys)
        _account(outcome)
        if head:
            outcome.add(_compare(head))
    outcome.seconds = time.perf_counter() - began
    return outcome


@contextmanager
def _snapshot(organisation_id: uuid.UUID) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            if len(connection.savepoint_ids) == 0:  # as the first statement of a transaction only
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with tenancy.scope(organisation_id):
            with connection.cursor() as cursor:
                cursor.execute(_BY_KEY)
            yield


def _walk(outcome: Outcome, keys: Mapping[str, PublicKey]) -> None:
    purged = _purged(outcome)
    walker = Walker(keys)
    for seals in _portions():
        for seal in seals:
            outcome.add(walker.step(seal))
        outcome.seals += len(seals)
        outcome.head = Head.of(seals[-1])
        kept = [seal for seal in seals if seal.number not in purged and seal.count]
        outcome.purged += sum(seal.count for seal in seals if seal.number in purged)
        if kept:
            _check_entries(outcome, kept)


def _purged(outcome: Outcome) -> set[int]:
    """Seals whose entries were removed, each by a purge that came late enough."""
    gone: set[int] = set()
    for purge in Seal.objects.filter(kind=SealKind.PURGE).order_by("number"):
        named = Seal.objects.filter(number__in=purge.purged).defer("entries", "hashes")
        outcome.add(
            Problem(kind="purged_too_early", seal=seal.number)
            for seal in named
            if seal.keep_until > purge.sealed_at or seal.number >= purge.number
        )
        gone |= set(purge.purged)
    return gone


def _portions() -> Iterator[list[Seal]]:
    """Seals in order, so many that their entries are about `AT_ONCE`."""
    portion: list[Seal] = []
    for seal in Seal.objects.defer("entries").iterator(chunk_size=50):
        portion.append(seal)
        if sum(one.count for one in portion) >= AT_ONCE or len(portion) >= AT_ONCE // 10:
            yield portion
            portion = []
    if portion:
        yield portion


def _check_entries(outcome: Outcome, seals: Sequence[Seal]) -> None:
    by_number = {seal.number: seal for seal in seals}
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [seals[0].number, seals[-1].number])
        rows = cursor.fetchall()
    vouched: list[tuple[int, str]] = []
    for number, group in groupby(rows, itemgetter(0)):
        sealed = by_number.pop(number, None)
        if sealed is None:  # purged
            continue
        found = list(group)
        sha256 = hashlib.sha256
        hashes = b"".join([sha256((row[1] or "").encode()).digest() for row in found])
        outcome.entries += len(found)
        if hashes != bytes(sealed.hashes):
            outcome.add(_differences(sealed, found))
        vouched += [(sealed.number, row[2]) for row in found if row[2]]
    # A seal whose list of entries was emptied gives no rows at all.
    outcome.add(Problem(kind="seal_changed", seal=seal.number) for seal in by_number.values())
    if vouched:
        outcome.add(_check_contents(vouched))


def _differences(seal: Seal, rows: Sequence[tuple[Any, ...]]) -> Iterator[Problem]:
    ids = Seal.objects.values_list("entries", flat=True).get(pk=seal.pk)
    if len(rows) != seal.count:
        yield Problem(kind="seal_changed", seal=seal.number)
    for place, (_number, content, _vouched, is_gone) in enumerate(rows):
        expected = bytes(seal.hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES])
        where: dict[str, Any] = {"seal": seal.number, "entry": seal.first + place, "id": str(ids[place])}
        if is_gone:
            yield Problem(kind="entry_deleted", **where)
        elif digest(content) != expected:
            yield Problem(kind="entry_changed", **where)


def _check_contents(vouched: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    """Rows of other tables, by the hash that their entry keeps."""
    expected: dict[tuple[str, int], dict[str, tuple[int, str]]] = {}
    for number, text in vouched:
        verb, subject, content = text.split(" ")
        known_as, _colon, sha256 = content.partition(":")
        expected.setdefault((verb, int(known_as)), {})[subject] = (number, sha256)
    for (verb, version), rows in expected.items():
        declared = audited_contents().get(verb)
        if declared is None or version not in declared.columns:
            continue  # an app that is no longer installed
        found = declared.hashes(version, [uuid.UUID(subject) for subject in rows])
        for subject, (number, sha256) in rows.items():
            if subject not in found:
                yield Problem(kind="content_deleted", seal=number, id=subject, note=verb)
            elif found[subject] != sha256:
                yield Problem(kind="content_changed", seal=number, id=subject, note=verb)


def _account(outcome: Outcome) -> None:
    """Every entry is sealed or waits, and everything that waits is there."""
    waiting, total = Waiting.objects.count(), Entry.objects.count()
    outcome.waiting = waiting
    with connection.cursor() as cursor:
        cursor.execute(_VANISHED, [MOST_PROBLEMS])
        gone = [row[0] for row in cursor.fetchall()]
        outcome.add(Problem(kind="entry_deleted", id=entry) for entry in gone)
        missing = sum(problem.kind == "entry_deleted" for problem in outcome.problems) - len(gone)
        if total != outcome.entries - missing + waiting - len(gone):
            cursor.execute("SET LOCAL enable_hashjoin = on")
            cursor.execute(_UNACCOUNTED, [MOST_PROBLEMS])
            outcome.add(Problem(kind="entry_unaccounted", id=row[0]) for row in cursor.fetchall())


def _compare(head: Head) -> Iterator[Problem]:
    there = Seal.objects.filter(number=head.number).defer("entries", "hashes").first()
    if there is None:
        yield Problem(kind="tail_missing", seal=head.number, entry=head.last)
    elif bytes(there.hash).hex() != head.hash:
        yield Problem(kind="head_differs", seal=head.number)
