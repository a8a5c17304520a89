"""How a row is written in each format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sunmao.audit.chain import header_of, stamp
from sunmao.audit.exporting.rows import Row
from sunmao.audit.models import Entry, Seal
from sunmao.audit.verbs import title_of

KIND = "sunmao.audit.export/1"
# What a spreadsheet would take for the beginning of a formula; a leading space does not stop it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
CSV_COLUMNS = (
    "number", "seal", "time", "actor_kind", "actor_id", "actor", "on_behalf_of", "address", "agent",
    "verb", "what", "subject_kind", "subject_id", "detail", "before", "after", "personal",
    "request", "retention", "id",
)  # fmt: skip
_OBJECTS = ("detail", "before", "after", "personal")
_ALARMING = ("access.denied", "sign_in.failed", "sign_in.locked")
_FACILITY, _NOTICE, _INFORMATIONAL = 13, 5, 6  # 13: log audit


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def entry_line(row: Row) -> str:
    """`entry` comes last and is, byte for byte, the text that was hashed; `opened` is for people."""
    told = compact({"number": row.number, "seal": row.seal, "opened": as_dict(row.entry)})
    return f'{told[:-1]},"entry":{row.content}}}'


def seal_line(seal: Seal) -> str:
    return compact(
        {
            "seal": seal.number,
            "header": header_of(seal),
            "hash": bytes(seal.hash).hex(),
            "signature": bytes(seal.signature).hex(),
            "hashes": bytes(seal.hashes).hex(),
        }
    )


def inert(value: object) -> str:
    """A cell that no spreadsheet computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def csv_line(cells: Sequence[object]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow([inert(cell) for cell in cells])
    return stream.getvalue().removesuffix("\r\n")


def csv_row(row: Row) -> str:
    told = as_dict(row.entry)
    origin = told["origin"]
    cells = {
        **told,
        "number": row.number,
        "seal": row.seal,
        "address": origin.get("address", ""),
        "agent": origin.get("agent", ""),
        "on_behalf_of": origin.get("on_behalf_of", ""),
        **{name: compact(told[name]) if told[name] else "" for name in _OBJECTS},
    }
    return csv_line([cells[name] for name in CSV_COLUMNS])


def as_dict(entry: Entry) -> dict[str, Any]:
    """An entry as doors show it."""
    return {
        "id": str(entry.pk),
        "time": stamp(entry.at),
        "actor_kind": entry.actor_kind,
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "actor": entry.who,
        "origin": {name: text for name, text in (entry.origin or {}).items() if name != "name"},
        "verb": entry.verb,
        "what": title_of(entry.verb),
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "detail": entry.detail,
        "before": entry.before,
        "after": entry.after,
        "personal": entry.personal,
        "retention": entry.retention,
        "request": entry.request_id,
    }


def syslog_line(row: Row) -> str:
    """RFC 5424. The message is the line of the JSON export, so that its hash can be made again."""
    entry = row.entry
    severity = _NOTICE if entry.verb in _ALARMING else _INFORMATIONAL
    values = {
        "organisation": str(entry.organisation_id),
        "number": row.number,
        "seal": row.seal,
        "actor": entry.actor,
        "subject": f"{entry.subject_kind}:{entry.subject_id}",
        "request": entry.request_id,
    }
    name = "".join(c if c.isalnum() or c in "._-" else "_" for c in entry.verb)[:32] or "-"
    head = f"<{_FACILITY * 8 + severity}>1 {stamp(entry.at).replace('+00:00', 'Z')} - sunmao - {name}"
    return f"{head} {_structured(values)} {entry_line(row)}"


def _structured(values: Mapping[str, object]) -> str:
    """One element; its private name needs an enterprise number, and this one is kept for examples."""
    parameters = "".join(f' {name}="{_escaped(str(value))}"' for name, value in values.items() if value != "")
    return f"[sunmao@32473{parameters}]"


def _escaped(text: str) -> str:
    for character in ("\\", '"', "]"):
        text = text.replace(character, f"\\{character}")
    return "".join(character for character in text if character.isprintable())
