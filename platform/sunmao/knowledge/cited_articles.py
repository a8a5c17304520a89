"""Passages that a question names outright (民法典第585条).

An exact look-up, because numbers mean nothing to BM25.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sunmao.core.actor import Actor
from sunmao.core.chinese_forms import simplified
from sunmao.knowledge.models import Document, Passage, Quarantine
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.policies import bases_visible_to
from sunmao.knowledge.text.references import Reference, article_references, spoken_of


def named_passages(
    *, actor: Actor, question: str, bases: Sequence[BaseVersion]
) -> tuple[list[Passage], list[Reference]]:
    """The passages of the articles that the question names, and the references that found none: articles
    which were asked for and which the bases do not hold."""
    titles = _titles(actor, bases) if any(character in question for character in "条條") else {}
    references = _references(question, list(titles)) if titles else []
    found: dict[uuid.UUID, Passage] = {}
    absent: list[Reference] = []
    for reference in references:
        passages = _of(reference, titles, bases)
        found |= {passage.pk: passage for passage in passages}
        if not passages and not _is_of_none(reference, titles):
            absent.append(reference)
    return list(found.values()), absent


def _references(question: str, titles: Sequence[str]) -> list[Reference]:
    """A law that is named in traditional characters is known by its simplified title."""
    found = article_references(question, titles)
    if any(reference.title for reference in found):
        return found
    return article_references(simplified(question), titles) or found


def _of(
    reference: Reference, titles: dict[str, list[uuid.UUID]], bases: Sequence[BaseVersion]
) -> list[Passage]:
    if reference.title is None and (reference.named or len(titles) > 1):
        return []
    documents = titles[reference.title] if reference.title else [d for ids in titles.values() for d in ids]
    return [passage for pin in bases for passage in _labelled(pin, reference.label, documents)]


def _is_of_none(reference: Reference, titles: dict[str, list[uuid.UUID]]) -> bool:
    """Of no law in particular, where there are several: nobody can say that it is absent."""
    return reference.title is None and not reference.named and len(titles) > 1


def described(reference: Reference) -> str:
    return f"{reference.title or reference.named or ''}{reference.label}"


def mentioned(reference: Reference, passages: Iterable[Passage]) -> bool:
    """Whether a passage speaks of the article. The article of that number in another law does not."""
    return any(
        spoken_of(reference, title=passage.document.title, text=passage.text)
        for passage in passages
        if passage.label != reference.label
    )


def _labelled(pin: BaseVersion, label: str, documents: Sequence[uuid.UUID]) -> list[Passage]:
    passages = Passage.objects.filter(base_id=pin.base.pk, label=label, document_id__in=documents)
    passages = passages.exclude(quarantine__in=[Quarantine.HELD, Quarantine.REMOVED])
    living = passages.filter(born__lte=pin.version).exclude(died__lte=pin.version).order_by("ordinal")
    living = living.exclude(applies_from__gt=pin.on).exclude(applies_until__lte=pin.on)
    return list(living.select_related("document__base", "revision").defer("revision__text"))


def _titles(actor: Actor, bases: Sequence[BaseVersion]) -> dict[str, list[uuid.UUID]]:
    visible = bases_visible_to(actor).filter(pk__in=[pin.base.pk for pin in bases])
    rows = Document.objects.filter(base__in=visible, deleted_at=None, current__isnull=False)
    titles: dict[str, list[uuid.UUID]] = {}
    for title, document_id in rows.values_list("current__title", "pk"):
        titles.setdefault(title, []).append(document_id)
    return titles
