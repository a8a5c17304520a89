"""Looking things up in the knowledge bases, with the rights of whoever asks."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from sunmao.answering.privacy import question_protected
from sunmao.core.ids import reference
from sunmao.guards.screen import screen
from sunmao.inference.tools.declaring import Context, tool
from sunmao.inference.tools.problems import ToolFault
from sunmao.knowledge import retrieval
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.knowledge.models.passage import Quarantine
from sunmao.knowledge.pins import LATEST, pinned
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.text.picking import heading_of

PASSAGE = "knowledge.passage.read"
MOST_PASSAGES, MOST_SIGNS, MOST_BASES = 10, 6_000, 20


@tool(
    title=_("Search the knowledge bases"),
    about=_("Finds the passages of the knowledge bases that answer a question best, with their sources."),
    permission=PASSAGE,
    timeout=8,
)
def search_knowledge(
    context: Context,
    *,
    query: Annotated[str, Field(min_length=2, max_length=300)],
    base: Annotated[str, Field(max_length=50)] = "",
    top_k: Annotated[int, Field(ge=1, le=MOST_PASSAGES)] = 5,
) -> Any:
    """Passages of the bases that the user may read.

    :param query: a question or key words
    :param base: the short name of one base; all that may be read when it is left out
    :param top_k: how many passages at most
    """
    question = screen(text=query, field="query", limit=300)
    if not context.task:  # of a task, what is looked for comes of a question that was read already
        question = question_protected(context.actor, question).text
    open_to = set(_readable(context).values_list("slug", flat=True))
    names = [one for one in ([base] if base else sorted(open_to)[:MOST_BASES]) if one in open_to]
    if not names:
        raise ToolFault("not_found", "There is no knowledge base that may be read.")
    pins = pinned(
        actor=context.actor, bases=dict.fromkeys(names, LATEST), task=context.task, on=None, version=None
    )
    found = retrieval.retrieve(actor=context.actor, question=question, bases=pins, limit=top_k)
    return {
        "trusted": found.judgement.accepted,
        "passages": [_shown(hit.passage) for hit in found.hits[:top_k]],
    }


def _readable(context: Context) -> QuerySet[KnowledgeBase]:
    """Whoever may list a base need not be allowed to read in it."""
    return bases_visible_to(context.actor, PASSAGE, task=context.task or None)


def _shown(passage: Passage) -> dict[str, Any]:
    return {
        "passage_id": passage.pk,
        "document_id": passage.document_id,
        "base": passage.document.base.slug,
        "title": heading_of(passage.document.title, *passage.heading_path, passage.label),
        "page": passage.page,
        "text": passage.text,
    }


@tool(
    title=_("Read a document"),
    about=_("Gives the text of a document of the knowledge bases, piece by piece."),
    permission=PASSAGE,
)
def read_document(
    context: Context,
    *,
    document_id: Annotated[str, Field(max_length=60)],
    begin: Annotated[int, Field(ge=0, le=10_000_000)] = 0,
    length: Annotated[int, Field(ge=1, le=MOST_SIGNS)] = 3_000,
) -> Any:
    """The text of one document, as its passages in force have it.

    :param document_id: the id, as a search gives it
    :param begin: from which character on
    :param length: how many characters
    """
    passages = Passage.objects.filter(
        base_id__in=_readable(context).values("pk"),
        document_id=reference(document_id),
        document__deleted_at=None,
        died=None,
    ).exclude(quarantine=Quarantine.HELD)
    found = list(passages.select_related("document").order_by("ordinal"))
    if not found:
        raise ToolFault("not_found", "There is no such document, or it may not be read.")
    whole = "\n\n".join(passage.text for passage in found)
    rest = len(whole) - begin - length
    return {
        "document_id": document_id,
        "title": found[0].document.title,
        "text": whole[begin : begin + length],
        "next": begin + length if rest > 0 else None,
        "total": len(whole),
    }


__all__ = ["read_document", "search_knowledge"]
