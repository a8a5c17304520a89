"""What every door shows of a base's versions."""

from __future__ import annotations

from typing import Any

from sunmao.knowledge.models import Change, Edition, Passage
from sunmao.knowledge.versions.difference import DocumentDifference, Pair
from sunmao.knowledge.versions.windows import Standing
from sunmao.knowledge.versions.words import difference


def change(found: Change) -> dict[str, Any]:
    counts: dict[str, int] = found.counts
    return {
        "version": found.version,
        "kind": found.kind,
        "made_by": str(found.made_by or ""),
        "made_at": found.created_at.isoformat(),
        "document_id": str(found.document_id) if found.document_id else None,
        "document": found.document.name if found.document else "",
        "revision": found.revision,
        "restored": found.restored,
        "added": counts.get("added", 0),
        "removed": counts.get("removed", 0),
        "documents": counts.get("documents", 0),
        "passages": counts.get("passages", 0),
    }


def document_difference(found: DocumentDifference) -> dict[str, Any]:
    return {
        "document_id": str(found.document.pk),
        "document": found.document.name,
        "state": found.state,
        "dates_changed": found.dates_changed,
        "before": [_standing(one) for one in found.before if one.window],
        "after": [_standing(one) for one in found.after if one.window],
        "passages": found.counts,
    }


def passage_difference(pair: Pair) -> dict[str, Any]:
    """Both sides, and for a changed passage the text in pieces."""
    before, after = pair.before.text if pair.before else "", pair.after.text if pair.after else ""
    return {
        "state": pair.state,
        "before": _place(pair.before),
        "after": _place(pair.after),
        "pieces": [{"op": piece.op, "text": piece.text} for piece in difference(before, after)],
    }


def _place(passage: Passage | None) -> dict[str, Any] | None:
    if passage is None:
        return None
    return {"id": str(passage.pk), "label": passage.label, "heading_path": passage.heading_path}


def edition(found: Edition) -> dict[str, Any]:
    """A revision as it stands in the newest version; `applies` is false when another took all of its days."""
    return {
        "revision": found.revision.number,
        "title": found.revision.title,
        "effective_from": _day(found.effective_from),
        "effective_until": _day(found.effective_until),
        "applies": found.applies,
        "applies_from": _day(found.applies_from),
        "applies_until": _day(found.applies_until),
        "received_at": found.revision.created_at.isoformat(),
    }


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "revision": one.number,
        "effective_from": _day(one.since),
        "effective_until": _day(one.until),
    }


def _day(found: Any) -> str | None:
    return found.isoformat() if found else None


__all__ = ["change", "document_difference", "edition", "passage_difference"]
