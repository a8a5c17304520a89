"""Where a document came from, as people are told: how, and the address or the document that leads there."""

from __future__ import annotations

from typing import Any

from sunmao.knowledge.models import Document, Origin
from sunmao.knowledge.selectors import is_there

_WEB = ("https://", "http://")


def origin_of(document: Document) -> dict[str, Any]:
    """`url` is the page that it is a copy of; `document` what it is inside of, while that is there."""
    above = document.member_of
    return {
        "kind": document.origin or None,
        "text": str(Origin(document.origin).label) if document.origin else "",
        "source": document.source,
        "url": document.source if document.source.startswith(_WEB) else None,
        "document": {"id": str(above.pk), "name": above.name} if above and is_there(above) else None,
    }


def origin_for_readers(document: Document) -> dict[str, Any]:
    """For whoever reads a citation: folders of the server are not their business."""
    told = origin_of(document)
    return {**told, "source": told["url"] or ""}


__all__ = ["origin_for_readers", "origin_of"]
