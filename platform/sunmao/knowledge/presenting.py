"""What every door shows of bases, documents and passages."""

from __future__ import annotations

from typing import Any

from sunmao.jobs.selectors import as_dict as job_dict
from sunmao.knowledge.models import Document, KnowledgeBase, Passage, Revision
from sunmao.knowledge.origins import origin_for_readers, origin_of
from sunmao.knowledge.selectors import held_in, holds, standing_of
from sunmao.knowledge.text.parsing.parsed import Remark
from sunmao.knowledge.text.parsing.remarks import said


def base(found: KnowledgeBase) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "slug": found.slug,
        "name": found.name,
        "audience": found.audience,
        "version": found.version,
        "passages": found.passage_count,
    }


def _day(found: Any) -> str | None:
    return found.isoformat() if found else None


def remarks(found: Revision | None) -> list[dict[str, str]]:
    """What the reader of the file noticed, with a sentence for each."""
    noted = [Remark(**one) for one in found.remarks] if found else []
    return [{"code": one.code, "about": one.about, "message": str(said(one))} for one in noted]


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
        "remarks": remarks(current),
        "source": found.source,
        "origin": origin_of(found),
        "members": holds(found),
        "effective_from": _day(current.effective_from) if current else None,
        "effective_until": _day(current.effective_until) if current else None,
        "reviewed_at": found.reviewed_at.isoformat() if found.reviewed_at else None,
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
        "origin": origin_for_readers(found.document),
        "base": found.document.base.slug,
        "state": standing_of(found),
        "revision": found.revision.number,
        "kind": found.kind,
        "label": found.label,
        "heading_path": found.heading_path,
        "page": found.page,
        "text": found.text,
        "start": found.start,
        "end": found.end,
        "language": found.language,
        "around": [found.parent_start, found.parent_end] if found.parent_start is not None else None,
        "image": found.image,
        "applies_from": _day(found.applies_from),
        "applies_until": _day(found.applies_until),
        "born": found.born,
        "died": found.died,
    }
