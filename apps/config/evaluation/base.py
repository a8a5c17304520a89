"""The passages as a knowledge base on a stack of its own, written by the product's own functions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.test.utils import override_settings

from apps.config.bench.people import People, people
from apps.config.bench.stack import Stack, scratch_stack
from apps.config.evaluation.material import Given
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.knowledge import services, vectors
from sunmao.knowledge.embedding.spaces import encode_passages
from sunmao.knowledge.models import Document, KnowledgeBase, Passage, Revision
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.reuse import passage_text
from sunmao.knowledge.text.indexing import fields_of
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import document_vector

__all__ = ["Loaded", "Stack", "load", "override_settings", "scratch_stack"]
_BATCH = 500
SLUG = "evaluated"


@dataclass(frozen=True)
class Loaded:
    """`ids` leads from our passages to the file's ids and `passages` back."""

    people: People
    base: KnowledgeBase
    ids: dict[uuid.UUID, str]
    passages: dict[str, uuid.UUID]

    @property
    def pin(self) -> BaseVersion:
        self.base.refresh_from_db()
        return BaseVersion(self.base, self.base.version)


def load(given: Sequence[Given]) -> Loaded:
    who = people("evaluation")
    base = services.create_base(actor=who.system, slug=SLUG)
    with tenancy.scope(who.system.organisation_id):
        revisions = _documents(base, given)
        made = [_passage(base, one, revisions[one.title], place) for place, one in enumerate(given)]
        for start in range(0, len(made), _BATCH):
            _write(base, given[start : start + _BATCH], made[start : start + _BATCH])
        KnowledgeBase.objects.filter(pk=base.pk).update(version=1, passage_count=len(made))
    ids = {passage.pk: one.id for passage, one in zip(made, given, strict=True)}
    return Loaded(who, base, ids, {name: key for key, name in ids.items()})


def _documents(base: KnowledgeBase, given: Sequence[Given]) -> dict[str, Revision]:
    """One document for each title; questions and answers without one share a document."""
    found: dict[str, Revision] = {}
    for place, title in enumerate(dict.fromkeys(one.title for one in given)):
        document = Document.objects.create(base=base, name=f"{place}")
        found[title] = Revision.objects.create(
            document=document, number=1, sha256="", size=0, title=title[:300], published_in=1
        )
        Document.objects.filter(pk=document.pk).update(current=found[title])
    return found


def _passage(base: KnowledgeBase, one: Given, revision: Revision, ordinal: int) -> Passage:
    unit = one.unit
    return Passage(
        id=new_id(),
        base_id=base.pk,
        document_id=revision.document_id,
        revision=revision,
        ordinal=ordinal,
        kind=unit.kind,
        label=unit.label[:300],
        heading_path=[heading[:300] for heading in unit.heading_path],
        text=unit.text,
        start=unit.start,
        end=unit.end,
        language=language_of(unit.text),
        born=1,
    )


@transaction.atomic
def _write(base: KnowledgeBase, given: Sequence[Given], made: Sequence[Passage]) -> None:
    lexical = [document_vector(fields_of(one.unit, title=one.title)) for one in given]
    texts = [(language_of(one.unit.text), passage_text(one.unit, one.title)) for one in given]
    Passage.objects.bulk_create(made)
    vectors.insert(base=base, passages=made, lexical=lexical, dense=encode_passages(texts))
    vectors.count_terms(base=base, lexical=lexical)
