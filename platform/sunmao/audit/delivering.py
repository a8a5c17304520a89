"""Sends sealed entries and heads to where the settings say."""

from __future__ import annotations

import json
import uuid

from django.conf import settings

from sunmao.audit.exporting.formats import entry_line, seal_line, syslog_line
from sunmao.audit.exporting.rows import rows_of
from sunmao.audit.heads import Head, organisations
from sunmao.audit.models import Seal
from sunmao.audit.selectors import Filter
from sunmao.audit.sinks import deliver, is_due
from sunmao.audit.targets import append_to_file, is_file, post_json, send_syslog

EVERYTHING = Filter()


def deliver_all() -> int:
    """Entries and heads of every organisation. Returns the number of seals that were sent."""
    audit, sent = settings.SUNMAO_AUDIT, 0
    for organisation_id in organisations() if audit.sink or audit.head_sink else ():
        if audit.sink:
            sent += deliver(organisation_id, kind="entries", address=audit.sink, send=_send_entries)
        if audit.head_sink and is_due(
            organisation_id, kind="heads", address=audit.head_sink, every=audit.head_seconds
        ):
            sent += deliver(organisation_id, kind="heads", address=audit.head_sink, send=_send_head)
    return sent


def _send_entries(seals: list[Seal]) -> None:
    """A file gets the export's lines with their proof; syslog gets a message for each entry."""
    address, organisation_id = settings.SUNMAO_AUDIT.sink, seals[0].organisation_id
    rows = rows_of(seals, EVERYTHING, organisation_id)
    if not is_file(address):
        send_syslog(address, [syslog_line(row) for row in rows])
        return
    by_seal: dict[int, list[str]] = {}
    for row in rows:
        by_seal.setdefault(row.seal, []).append(entry_line(row))
    lines = [line for seal in seals for line in (seal_line(seal), *by_seal.get(seal.number, ()))]
    append_to_file(address, [_named(organisation_id, line) for line in lines])


def _named(organisation_id: uuid.UUID, line: str) -> str:
    """One file serves all organisations."""
    return f'{{"organisation":"{organisation_id}",{line[1:]}'


def _send_head(seals: list[Seal]) -> None:
    """Only the newest: it vouches for those before it."""
    address, line = settings.SUNMAO_AUDIT.head_sink, json.dumps(Head.of(seals[-1]).as_dict())
    if is_file(address):
        append_to_file(address, [line])
    else:
        post_json(address, [line])
