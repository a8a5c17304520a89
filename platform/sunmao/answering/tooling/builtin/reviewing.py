"""Keeping the knowledge bases in order: what a model may propose, and a person confirms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from sunmao.core.resolving import visible
from sunmao.inference.tools.declaring import Context, tool
from sunmao.knowledge.hints import services as hints
from sunmao.knowledge.models import Document

SETTLE = "hints.hint.settle"


def _document(context: Context, document_id: str) -> Document:
    found: Document = visible(context.actor, "document", document_id)
    return found


def _preview(context: Context, *, document_id: str) -> Mapping[str, Any]:
    document = _document(context, document_id)
    last = document.reviewed_at
    return {
        "values": {
            "document": document.title,
            "base": document.base.slug,
            "reviewed before": last.date().isoformat() if last else gettext_now("never"),
        }
    }


@tool(
    title=_("Mark a document as reviewed"),
    about=_(
        "Notes that the user has looked at a document and found it right, so that it no longer counts as "
        "stale. Only when the user says so."
    ),
    permission=SETTLE,
    effect="write",
    preview=_preview,
)
def mark_reviewed(context: Context, *, document_id: Annotated[str, Field(max_length=60)]) -> Any:
    """The same as the button on the document's page.

    :param document_id: the id, as a search gives it
    """
    document = _document(context, document_id)
    hints.mark_reviewed(actor=context.actor, document=document)
    return {"document_id": str(document.pk), "title": document.title, "reviewed": context.today.isoformat()}


__all__ = ["mark_reviewed"]
