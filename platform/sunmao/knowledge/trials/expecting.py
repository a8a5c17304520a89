"""What a question must find, in any version of its base.

A case names passages; a line of a file names a document, a label in it, or both. Each becomes a `Unit`: the
passages of one version that count as found.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from sunmao.knowledge.learning.confirming import text_hash
from sunmao.knowledge.models import Document, Passage
from sunmao.knowledge.pins import BaseVersion
from sunmao.knowledge.retrieval import Hit
from sunmao.knowledge.trials.models import Expectation


@dataclass(frozen=True)
class Unit:
    """`passages` are those that count; None means any of the document. Empty: it is no longer there."""

    document_id: str
    document: str
    label: str = ""
    passages: tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "document_id": self.document_id,
            "document": self.document,
            "label": self.label,
            "passages": None if self.passages is None else list(self.passages),
        }

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Unit:
        known = stored["passages"]
        return cls(
            stored["document_id"],
            stored["document"],
            stored["label"],
            None if known is None else tuple(known),
        )

    def is_found_by(self, *, passage_id: object, document_id: object) -> bool:
        if self.passages is None:
            return str(document_id) == self.document_id
        return str(passage_id) in self.passages


def rank_of(unit: Unit, hits: Sequence[Hit]) -> int | None:
    """From 1; None when none of the hits is what was expected."""
    return next(
        (
            place
            for place, hit in enumerate(hits, 1)
            if unit.is_found_by(passage_id=hit.passage.pk, document_id=hit.passage.document_id)
        ),
        None,
    )


def living(pin: BaseVersion) -> QuerySet[Passage]:
    alive = Q(born__lte=pin.version) & (Q(died=None) | Q(died__gt=pin.version))
    return Passage.objects.filter(alive, base_id=pin.base.pk, document__deleted_at=None)


def units_of(expectations: Iterable[Expectation], pin: BaseVersion) -> dict[uuid.UUID, list[Unit]]:
    """By case: what its expectations are in this version. Documents are read once each."""
    wanted = list(expectations)
    there = set(living(pin).filter(pk__in=[one.passage_id for one in wanted]).values_list("pk", flat=True))
    moved = {one.document_id for one in wanted if one.passage_id not in there}
    heirs = {document: _Heirs(living(pin).filter(document=document)) for document in moved}
    found: dict[uuid.UUID, list[Unit]] = {}
    for one in wanted:
        heir = one.passage_id if one.passage_id in there else heirs[one.document_id].of(one)
        unit = Unit(
            str(one.document_id), one.document.name, one.label, (str(heir),) if heir is not None else ()
        )
        found.setdefault(one.case_id, []).append(unit)
    return found


def follow(*, document: Document, passages: Sequence[Passage]) -> int:
    """A new revision was published: expectations go on to the passages that say the same, or that carry the
    same label. Returns how many found no successor; they stay where they are, and a run says so.

    Runs in the transaction that publishes.
    """
    known = list(Expectation.objects.filter(document=document))
    if not known:
        return 0
    heirs, lost = _Heirs(passages), 0
    for one in known:
        heir = heirs.passage_of(one)
        if heir is None:
            lost += 1
        elif not Expectation.objects.filter(case=one.case_id, passage=heir).exists():
            one.passage, one.label, one.text_hash = heir, heir.label, text_hash(heir.text)
            one.save(update_fields=["passage", "label", "text_hash"])
        elif heir.pk != one.passage_id:
            one.delete()
    return lost


class _Heirs:
    """The passages of one revision, by what they say and by a label that is theirs alone."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        known = list(passages)
        often = Counter(one.label for one in known)
        self._by_text = {text_hash(one.text): one for one in known}
        self._by_label = {one.label: one for one in known if one.label and often[one.label] == 1}

    def passage_of(self, one: Expectation) -> Passage | None:
        return self._by_text.get(one.text_hash) or self._by_label.get(one.label)

    def of(self, one: Expectation) -> uuid.UUID | None:
        heir = self.passage_of(one)
        return heir.pk if heir else None


class Named:
    """Finds what lines name in one version of a base, with two statements for all of them."""

    def __init__(self, pin: BaseVersion, *, documents: Iterable[str], labels: Iterable[str]) -> None:
        alive = living(pin)
        held = Document.objects.filter(pk__in=alive.order_by().values("document")).select_related("current")
        self._documents: dict[str, Document] = {}
        wanted = {name.casefold() for name in documents}
        for document in held.defer("current__text"):
            for name in (document.name, document.title, document.name.rpartition(".")[0]):
                if name.casefold() in wanted:
                    self._documents.setdefault(name.casefold(), document)
        labelled = alive.filter(label__in=set(labels)) if labels else alive.none()
        self._labels: dict[str, list[Passage]] = {}
        for passage in labelled.select_related("document").only("label", "document__name"):
            self._labels.setdefault(passage.label, []).append(passage)

    def unit(self, *, document: str, label: str) -> Unit | str:
        """The unit, or the code of what is wrong with it."""
        of = self._documents.get(document.casefold()) if document else None
        if document and of is None:
            return "unknown_document"
        if not label:
            assert of is not None  # noqa: S101  one of both is given
            return Unit(str(of.pk), of.name)
        carrying = [one for one in self._labels.get(label, []) if of is None or one.document_id == of.pk]
        if not carrying:
            return "unknown_label"
        first = carrying[0].document
        return Unit(str(first.pk), first.name, label, tuple(str(one.pk) for one in carrying))


__all__ = ["Named", "Unit", "follow", "living", "rank_of", "units_of"]
