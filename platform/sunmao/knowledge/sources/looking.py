"""The job `sources.look`: list a source, take its entries, let go of what is gone.

    list (network or folder)  →  entries of this round, in one transaction
    for each entry not dealt with in this round: take it (see `taking`)
    after a while: give the turn to others, go on at the next
    at the end: what is no longer listed goes, and the source says how it went

A round is the same whoever works on it: a worker that is killed is followed by one that takes the rest.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import SunmaoError
from sunmao.jobs.batches import batch
from sunmao.jobs.lease import Lease, Unfinished
from sunmao.jobs.services import in_every_language
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.fetching import fetch
from sunmao.knowledge.sources import addresses, folders, listing, robots, taking
from sunmao.knowledge.sources.models import (
    EntryState,
    Outcome,
    Source,
    SourceEntry,
    SourceKind,
    SourceState,
)
from sunmao.knowledge.sources.problems import EntryRefused, SourceFailed
from sunmao.knowledge.sources.taking import CHANGED, FAILED, NEW, RENAMED, UNCHANGED

REMOVED = "removed"
COUNTED = (NEW, CHANGED, UNCHANGED, RENAMED, REMOVED, FAILED, "skipped")


class Turn:
    """How long a look may go on before others have their turn."""

    def __init__(self) -> None:
        self._until = time.monotonic() + settings.SUNMAO_SOURCE_TURN_SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until


def look(lease: Lease) -> dict[str, Any]:
    turn = Turn()
    with tenancy.scope(lease.organisation_id):
        source = Source.objects.select_related("base").get(pk=str(lease.subject_id))
    if source.state == SourceState.ENDING:
        return _end(lease, source, turn)
    payload = lease.payload if lease.payload.get("round") else None
    try:
        payload = payload or _begin(lease, source)
        counts = _take_all(lease, source, payload, turn)
    except SunmaoError as error:
        _say_failed(lease, source, error)
        raise
    return _finish(lease, source, payload, counts, turn)


# Listing


def _begin(lease: Lease, source: Source) -> dict[str, Any]:
    """The entries of a new round. Nothing is removed for a list that is suddenly empty."""
    offered, cut = _offered(source)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        known = source.entries.exclude(state=EntryState.GONE).exists()
        if not offered and known:
            raise SourceFailed(code="nothing_listed")
        if not offered and source.kind == SourceKind.SITEMAP:
            raise SourceFailed(code="no_list")
        Source.objects.filter(pk=source.pk).update(round=F("round") + 1)
        source.refresh_from_db(fields=["round"])
        _write_entries(source, offered)
    return {"round": source.round, "cut": cut, "counts": {}}


def _offered(source: Source) -> tuple[list[folders.Found], bool]:
    if source.kind == SourceKind.FOLDER:
        with tenancy.scope(source.organisation_id):
            known = dict(source.entries.values_list("address", "offered"))
            folder = addresses.allowed_folder(source.address, organisation_id=source.organisation_id)
        return folders.scan(folder, known=known, limit=source.limit)
    if source.kind == SourceKind.SITEMAP:
        listed = listing.pages_of(source.address, limit=source.limit, ask=fetch)
        return [folders.Found(page) for page in listed.found], listed.cut
    return [folders.Found(source.address)], False


def _write_entries(source: Source, offered: list[folders.Found]) -> None:
    rows = [_row(source, one) for one in offered]
    SourceEntry.objects.bulk_create(
        [row for row in rows if not row.error_code],
        update_conflicts=True,
        unique_fields=["source", "address"],
        update_fields=["listed", "offered"],
        batch_size=500,
    )
    SourceEntry.objects.bulk_create(
        [row for row in rows if row.error_code],
        update_conflicts=True,
        unique_fields=["source", "address"],
        update_fields=["listed", "looked", "offered", "state", "error_code", "error_texts"],
        batch_size=500,
    )


def _row(source: Source, found: folders.Found) -> SourceEntry:
    entry = SourceEntry(
        source=source, address=found.path, listed=source.round, offered=found.fingerprint, looked=0
    )
    if found.problem:
        waits = found.problem == "still_changing"
        entry.state = EntryState.WAITING if waits else EntryState.SKIPPED
        entry.looked, entry.error_code = source.round, found.problem
        entry.error_texts = in_every_language(EntryRefused(code=found.problem).message)
    return entry


# Taking


def _take_all(lease: Lease, source: Source, payload: dict[str, Any], turn: Turn) -> Counter[str]:
    """Every entry of the round that nobody has dealt with; raises `Unfinished` when the turn is over."""
    counts = Counter(payload["counts"])
    with tenancy.scope(lease.organisation_id):
        total = source.entries.filter(listed=payload["round"]).count()
        waiting = list(_waiting(source, payload["round"]))
    allows = robots.rules_of(source.address, ask=fetch) if source.kind == SourceKind.SITEMAP else _all
    with batch(lease.job_id):
        for place, entry in enumerate(waiting):
            lease.progress(total - len(waiting) + place, total)
            if place and turn.is_over:
                raise Unfinished({**payload, "counts": dict(counts)})
            if place and source.kind != SourceKind.FOLDER:
                time.sleep(settings.SUNMAO_SOURCE_PAUSE.total_seconds())
            counts[taking.take(lease=lease, source=source, entry=entry, allows=allows)] += 1
    lease.progress(total, total)
    return counts


def _waiting(source: Source, number: int) -> QuerySet[SourceEntry]:
    """Those of a round that nobody has dealt with in it; of a folder, new names before known ones."""
    entries = source.entries.select_related("document").filter(listed=number, looked__lt=number)
    return entries.order_by(F("document").asc(nulls_first=True), "address")


def _all(_page: str) -> bool:
    return True


# Letting go


def _finish(
    lease: Lease, source: Source, payload: dict[str, Any], counts: Counter[str], turn: Turn
) -> dict[str, Any]:
    gone = _let_go(lease, source, payload["round"], turn, payload, counts)
    counts[REMOVED] += gone
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        failed = source.entries.filter(listed=payload["round"], state=EntryState.FAILED).count()
        waiting = source.entries.filter(listed=payload["round"], state=EntryState.WAITING).count()
        result: dict[str, Any] = {name: counts[name] for name in COUNTED} | {
            FAILED: failed,
            "waiting": waiting,
        }
        error = SourceFailed(code="too_many_entries") if payload["cut"] else None
        partly = failed or waiting or error
        _close(source, Outcome.PARTLY if partly else Outcome.DONE, result, error)
        if any(result[name] for name in (NEW, CHANGED, RENAMED, REMOVED)):
            audit.record(actor=lease.worker, verb="source.looked_at", subject=source, **result)
        lease.succeed(result)
    return result


def _let_go(
    lease: Lease,
    source: Source,
    number: int,
    turn: Turn,
    payload: dict[str, Any],
    counts: Counter[str],
) -> int:
    """Entries that this round did not list: they are gone, and so are their documents where that is wanted.

    When the list was cut at its limit, nothing is known of what lies beyond it.
    """
    if payload["cut"]:
        return 0
    with tenancy.scope(lease.organisation_id):
        missing = list(
            source.entries.select_related("document").filter(listed__lt=number).exclude(state=EntryState.GONE)
        )
    removed = 0
    for entry in missing:
        if turn.is_over and removed:
            counts[REMOVED] += removed
            raise Unfinished({**payload, "counts": dict(counts)})
        removed += _gone(lease, source, entry)
    return removed


def _gone(lease: Lease, source: Source, entry: SourceEntry) -> int:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        document = entry.document
        if document is not None and document.deleted_at is None and not source.removes:
            entry.state = EntryState.GONE
            entry.save(update_fields=["state"])
            return 0
        alone = _is_alone(entry)
        entry.delete()
        if document is None or document.deleted_at or not alone:
            return 0
        knowledge.delete_document(actor=lease.worker, document=document)
    return 1


def _is_alone(entry: SourceEntry) -> bool:
    """No other source still brings the same document."""
    return not SourceEntry.objects.filter(document=entry.document_id).exclude(pk=entry.pk).exists()


def _say_failed(lease: Lease, source: Source, error: SunmaoError) -> None:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        _close(source, Outcome.FAILED, source.result, error)


def _close(source: Source, outcome: Outcome, result: dict[str, Any], error: SunmaoError | None) -> None:
    """Pausing or changing the source meanwhile is not undone by writing the whole row."""
    Source.objects.filter(pk=source.pk).update(
        looked_at=now(),
        outcome=outcome,
        result=result,
        error_code=error.code if error else "",
        error_texts=in_every_language(error.message) if error else {},
    )
    fresh = Source.objects.get(pk=source.pk)
    Source.objects.filter(pk=source.pk).update(due_at=fresh.next_look())


# Ending


def _end(lease: Lease, source: Source, turn: Turn) -> dict[str, Any]:
    """The source is being removed with its documents; the last step removes its row."""
    removed = int(lease.payload.get(REMOVED, 0))
    with tenancy.scope(lease.organisation_id):
        entries = list(source.entries.select_related("document"))
    for place, entry in enumerate(entries):
        lease.progress(place, len(entries))
        if place and turn.is_over:
            raise Unfinished({**lease.payload, REMOVED: removed})
        removed += _gone(lease, _removing(source), entry)
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        result = {REMOVED: removed}
        audit.record(actor=lease.worker, verb="source.removed", subject=source, documents=removed)
        lease.succeed(result)
        Source.objects.filter(pk=source.pk).delete()
    return result


def _removing(source: Source) -> Source:
    source.removes = True
    return source
