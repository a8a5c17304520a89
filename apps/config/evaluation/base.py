"""The passages as a knowledge base on a stack of its own, written by the product's own functions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.management.base import CommandParser
from django.db import transaction
from django.test.utils import override_settings
from django.utils.timezone import localdate

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

__all__ = ["Loaded", "Stack", "add_day", "in_force", "load", "override_settings", "scratch_stack"]
_BATCH = 500
SLUG = "evaluated"


@dataclass(frozen=True)
class Loaded:
    """`ids` leads from our passages to the file's ids, and `passages` back to those in force `on` the day."""

    people: People
    base: KnowledgeBase
    ids: dict[uuid.UUID, str]
    passages: dict[str, uuid.UUID]
    on: date

    @property
    def pin(self) -> BaseVersion:
        self.base.refresh_from_db()
        return BaseVersion(self.base, self.base.version, self.on)


def add_day(parser: CommandParser) -> None:
    parser.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DAY", help="ask on this day (YYYY-MM-DD), not today"
    )


def in_force(given: Sequence[Given], on: date | None) -> list[Given]:
    return [one for one in given if one.window.holds(on or localdate())]


def load(given: Sequence[Given], on: date | None = None) -> Loaded:
    who = people("evaluation")
    base = services.create_base(actor=who.system, slug=SLUG)
    with tenancy.scope(who.system.organisation_id):
        revisions = _documents(base, given)
        made = [_passage(base, one, revisions[one.title], place) for place, one in enumerate(given)]
        for start in range(0, len(made), _BATCH):
            _write(base, given[start : start + _BATCH], made[start : start + _BATCH])
        KnowledgeBase.objects.filter(pk=base.pk).update(version=1, passage_count=len(made))
    day, pairs = on or localdate(), list(zip(made, given, strict=True))
    ids = {passage.pk: one.id for passage, one in pairs}
    return Loaded(
        who, base, ids, {one.id: passage.pk for passage, one in pairs if one.window.holds(day)}, day
    )


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
        applies_from=one.window.first,
        applies_until=one.window.end,
    )


@transaction.atomic
def _write(base: KnowledgeBase, given: Sequence[Given], made: Sequence[Passage]) -> None:
    lexical = [document_vector(fields_of(one.unit, title=one.title)) for one in given]
    texts = [(language_of(one.unit.text), passage_text(one.unit, one.title)) for one in given]
    Passage.objects.bulk_create(made)
    vectors.insert(base=base, passages=made, lexical=lexical, dense=encode_passages(texts))
    vectors.count_terms(base=base, lexical=lexical)
