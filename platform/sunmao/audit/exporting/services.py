"""An export: what waits is sealed first, the export itself is an entry, then the lines follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from sunmao.audit import services as audit
from sunmao.audit.contents import COLUMNS
from sunmao.audit.exporting.formats import (
    CSV_COLUMNS,
    KIND,
    compact,
    csv_line,
    csv_row,
    entry_line,
    seal_line,
    syslog_line,
)
from sunmao.audit.exporting.rows import Row, portions
from sunmao.audit.heads import head_of
from sunmao.audit.sealing import seal
from sunmao.audit.selectors import Filter
from sunmao.audit.signing import public_keys
from sunmao.audit.subject import AuditLog
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now

EXPORT = "audit.entry.export"
Format = Literal["jsonl", "csv", "syslog"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "syslog")
TYPES: dict[str, str] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "syslog": "text/plain; charset=utf-8",
}


def export(*, actor: Actor, form: Format, wanted: Filter = Filter()) -> Iterator[str]:  # noqa: B008  frozen
    """Lines without their ends. The entry about the export is written before this returns."""
    actor.require(EXPORT)
    with tenancy.scope(actor.organisation_id):
        audit.record(
            actor=actor,
            verb="audit.exported",
            subject=AuditLog(actor.organisation_id),
            format=form,
            filter=wanted.as_dict(),
        )
    seal(actor.organisation_id)
    if form == "jsonl":
        return _jsonl(actor, wanted)
    if form == "csv":
        return _csv(actor, wanted)
    return _plain(actor, wanted, syslog_line)


def _plain(actor: Actor, wanted: Filter, line: Callable[[Row], str]) -> Iterator[str]:
    for _seals, rows in portions(actor.organisation_id, wanted):
        for row in rows:
            yield line(row)


def _csv(actor: Actor, wanted: Filter) -> Iterator[str]:
    yield "\N{BYTE ORDER MARK}" + csv_line(CSV_COLUMNS)  # spreadsheets take it for another encoding otherwise
    yield from _plain(actor, wanted, csv_row)


def _jsonl(actor: Actor, wanted: Filter) -> Iterator[str]:
    """First line: what this is; last line: how much it was, so that a cut file is seen."""
    told = wanted.as_dict()
    yield compact(
        {
            "kind": KIND,
            "organisation": str(actor.organisation_id),
            "exported_at": now().isoformat(),
            "filter": told,
            "complete": not told,
            "columns": COLUMNS,
            "public_keys": {key.id: key.raw.hex() for key in public_keys().values()},
        }
    )
    entries = seals_written = 0
    for seals, rows in portions(actor.organisation_id, wanted):
        by_seal: dict[int, list[Row]] = {}
        for row in rows:
            by_seal.setdefault(row.seal, []).append(row)
        for one in seals:
            yield seal_line(one)
            seals_written += 1
            for row in by_seal.get(one.number, ()):
                yield entry_line(row)
                entries += 1
    head = head_of(actor.organisation_id)
    yield compact(
        {"end": True, "seals": seals_written, "entries": entries, "head": head.as_dict() if head else None}
    )
