"""What every door shows of sources and their entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sunmao.jobs.models import JobState
from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.knowledge.sources.models import EntryState, Source, SourceEntry


def source(found: Source) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "kind": found.kind,
        "address": found.address,
        "every_minutes": found.every_minutes,
        "limit": found.limit,
        "removes": found.removes,
        "state": found.state,
        "outcome": found.outcome or "never",
        "error": {"code": found.error_code, "message": found.error_text} if found.error_code else None,
        "result": found.result,
        "entries": getattr(found, "entry_count", 0),
        "failed": getattr(found, "failed_count", 0),
        "job": job_dict(found.job) if found.job else None,
        "looked_at": _moment(found.looked_at),
        "due_at": _moment(found.due_at),
        "created_at": found.created_at.isoformat(),
    }


def entry(found: SourceEntry) -> dict[str, Any]:
    """`state` is how far the entry is altogether: taken, then read. `error` says why it is not."""
    state, code, text = standing_of(found)
    document = found.document if found.document and not found.document.deleted_at else None
    return {
        "id": str(found.pk),
        "address": found.address,
        "state": state,
        "error": {"code": code, "message": text} if code else None,
        "document_id": str(document.pk) if document else None,
        "document": document.name if document else None,
        "changed_at": _moment(found.changed_at),
    }


def standing_of(found: SourceEntry) -> tuple[str, str, str]:
    """(state, code, reason): of the entry, and once it was taken, of the reading of its document."""
    job = found.document.job if found.document else None
    if found.state != EntryState.TAKEN or job is None:
        return found.state, found.error_code, found.error_text
    if job.state == JobState.SUCCEEDED:
        return "ready", "", ""
    return job.state, job.error_code, job.error_text


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
