"""What two versions of a base hold that the other does not: documents, their dates, passages, words.

Only what lives at one of the two versions is looked at; what lives at both is the same.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db.models import QuerySet

from sunmao.knowledge.models import Document, Edition, KnowledgeBase, Passage, Quarantine
from sunmao.knowledge.versions.copying import alive_at
from sunmao.knowledge.versions.editions import standing
from sunmao.knowledge.versions.windows import Standing
from sunmao.knowledge.versions.words import likeness

State = Literal["added", "removed", "changed"]
ALIKE = 0.4
MOST_COMPARED = 200
"""Of passages without a label this many are looked through for the one that they were; the others count as
removed and added."""


@dataclass(frozen=True)
class Pair:
    """A passage before and after; None where it was not there."""

    before: Passage | None
    after: Passage | None

    @property
    def state(self) -> State:
        return "added" if self.before is None else "removed" if self.after is None else "changed"


@dataclass(frozen=True)
class DocumentDifference:
    document: Document
    state: State
    before: list[Standing]
    after: list[Standing]
    passages: list[Pair] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(pair.state for pair in self.passages)
        return {state: found[state] for state in ("added", "removed", "changed")}

    @property
    def dates_changed(self) -> bool:
        return _dates(self.before) != _dates(self.after) and self.state == "changed"


def _dates(standings: Iterable[Standing]) -> list[tuple[object, ...]]:
    return sorted(((one.since, one.until) for one in standings if one.window), key=str)


def changed_documents(*, base: KnowledgeBase, before: int, after: int) -> QuerySet[Document]:
    """The documents that are not the same in both versions, by name."""
    ids: set[uuid.UUID] = set()
    for rows in (Edition.objects.filter(base=base), _read(base)):
        then, now = alive_at(before), alive_at(after)
        ids |= set(rows.filter((then & ~now) | (now & ~then)).values_list("document_id", flat=True))
    return Document.objects.filter(pk__in=ids).select_related("base").order_by("name", "pk")


def _read(base: KnowledgeBase) -> QuerySet[Any]:
    return Passage.objects.filter(base_id=base.pk).exclude(
        quarantine__in=[Quarantine.HELD, Quarantine.REMOVED]
    )


def compare(
    *, base: KnowledgeBase, documents: Sequence[Document], before: int, after: int
) -> list[DocumentDifference]:
    """Those of the documents that differ by what can be read, each with its passages."""
    then, now = alive_at(before), alive_at(after)
    of_documents = _read(base).filter(document__in=documents).order_by("ordinal", "born")
    gone, come = (
        _by_document(of_documents.filter(then & ~now)),
        _by_document(of_documents.filter(now & ~then)),
    )
    found = (
        _compared(document, gone[document.pk], come[document.pk], before, after) for document in documents
    )
    return [one for one in found if one]


def _by_document(passages: Iterable[Passage]) -> defaultdict[uuid.UUID, list[Passage]]:
    found: defaultdict[uuid.UUID, list[Passage]] = defaultdict(list)
    for passage in passages:
        found[passage.document_id].append(passage)
    return found


def _compared(
    document: Document, gone: list[Passage], come: list[Passage], before: int, after: int
) -> DocumentDifference | None:
    then, now = standing(document, at=before), standing(document, at=after)
    there, here = (any(one.window for one in standings) for standings in (then, now))
    state: State = "changed" if there and here else "added" if here else "removed"
    made = DocumentDifference(document, state, then, now, list(pairs(gone, come)))
    return made if made.passages or made.dates_changed or state != "changed" else None


def pairs(gone: Sequence[Passage], come: Sequence[Passage]) -> Iterator[Pair]:
    """Each passage with the one that took its place: one of the same label, or else the likest one. What says
    the same as before has not changed."""
    old, new = _without_same(gone, come)
    before, after = _unique(old), _unique(new)
    for label, passage in before.items():
        if follower := after.get(label):
            old.remove(passage)
            new.remove(follower)
            yield Pair(passage, follower)
    for passage, follower in _likest(old, new):
        old.remove(passage)
        new.remove(follower)
        yield Pair(passage, follower)
    yield from (Pair(passage, None) for passage in old)
    yield from (Pair(None, passage) for passage in new)


def _without_same(gone: Sequence[Passage], come: Sequence[Passage]) -> tuple[list[Passage], list[Passage]]:
    texts = Counter(_said(passage) for passage in gone) & Counter(_said(passage) for passage in come)
    return _left(gone, Counter(texts)), _left(come, Counter(texts))


def _left(passages: Sequence[Passage], same: Counter[tuple[str, ...]]) -> list[Passage]:
    left = []
    for passage in passages:
        if same[_said(passage)]:
            same[_said(passage)] -= 1
        else:
            left.append(passage)
    return left


def _said(passage: Passage) -> tuple[str, ...]:
    return (*passage.heading_path, passage.label, passage.text)


def _unique(passages: Sequence[Passage]) -> dict[str, Passage]:
    often = Counter(passage.label for passage in passages)
    return {passage.label: passage for passage in passages if passage.label and often[passage.label] == 1}


def _likest(old: Sequence[Passage], new: Sequence[Passage]) -> list[tuple[Passage, Passage]]:
    scored = [
        (likeness(one.text, other.text), one, other)
        for one in old[:MOST_COMPARED]
        for other in new[:MOST_COMPARED]
    ]
    taken: set[uuid.UUID] = set()
    found = []
    for score, one, other in sorted(scored, key=lambda row: -row[0]):
        if score >= ALIKE and not {one.pk, other.pk} & taken:
            taken |= {one.pk, other.pk}
            found.append((one, other))
    return found


__all__ = ["DocumentDifference", "Pair", "State", "changed_documents", "compare", "pairs"]
