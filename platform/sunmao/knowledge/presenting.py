"""What every door shows of bases, documents and passages."""

from __future__ import annotations

from typing import Any

from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.selectors import held_in


def base(found: KnowledgeBase) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "slug": found.slug,
        "name": found.name,
        "audience": found.audience,
        "version": found.version,
        "passages": found.passage_count,
    }


def document(found: Document) -> dict[str, Any]:
    """`error` is why the newest content could not be read; `revision` is what questions read meanwhile."""
    current = found.current
    return {
        "id": str(found.pk),
        "base": found.base.slug,
        "name": found.name,
        "title": found.title,
        "state": found.state,
        "job": job_dict(found.job) if found.job else None,
        "revision": current.number if current else None,
        "sha256": current.sha256 if current else None,
        "encoding": current.encoding if current else None,
        "units": current.counts if current else {},
        "quarantined": held_in(found),
        "created_at": found.created_at.isoformat(),
    }


def held_passage(found: Passage) -> dict[str, Any]:
    """A passage in quarantine and why it is there."""
    return {
        "id": str(found.pk),
        "document_id": str(found.document_id),
        "document": found.document.name,
        "base": found.document.base.slug,
        "state": found.quarantine,
        "text": found.text,
        "suspicion": found.suspicion,
    }


def passage(found: Passage) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "document_id": str(found.document_id),
        "document": found.document.title,
        "base": found.document.base.slug,
        "revision": found.revision.number,
        "kind": found.kind,
        "label": found.label,
        "heading_path": found.heading_path,
        "page": found.page,
        "text": found.text,
        "start": found.start,
        "end": found.end,
        "language": found.language,
        "born": found.born,
        "died": found.died,
    }
