"""Bringing a document's passages into line with which of its revisions stand in the base, and on which days.

Every change of a document goes through `settle`, in a transaction that holds the base's lock.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Max, QuerySet

from sunmao.knowledge.models import Document, Edition, KnowledgeBase, Passage
from sunmao.knowledge.versions import copying
from sunmao.knowledge.versions.copying import alive_at
from sunmao.knowledge.versions.windows import Standing, Window


@dataclass
class Settled:
    """How many passages questions lost, and which passages live on under which new ids."""

    ended: int = 0
    copies: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)


def standing(document: Document, *, at: int | None = None) -> list[Standing]:
    """The document's revisions in the newest version of the base, or in version `at`."""
    editions = Edition.objects.filter(document=document).select_related("revision")
    editions = editions.filter(died=None) if at is None else editions.filter(alive_at(at))
    return [as_standing(edition) for edition in editions.defer("revision__text")]


def as_standing(edition: Edition) -> Standing:
    return Standing(
        revision_id=edition.revision_id,
        number=edition.revision.number,
        since=edition.effective_from,
        until=edition.effective_until,
        window=Window(edition.applies_from, edition.applies_until) if edition.applies else None,
    )


def settle(
    *,
    base: KnowledgeBase,
    document: Document,
    wanted: Sequence[Standing],
    version: int,
    like: int | None = None,
    before: Sequence[Standing] | None = None,
    new: uuid.UUID | None = None,
) -> Settled:
    """From `version` on these revisions stand, no others. Passages of a revision that applies on other days
    than before are copied; one that comes back gets the passages that it had last, or at version `like`.

    A revision that has never had passages is left to the caller, who brings them; one that is known to be
    `new` is not looked for. `before` is what stands, where the caller has asked already.
    """
    stood = {one.revision_id: one for one in (standing(document) if before is None else before)}
    after = {one.revision_id: one for one in wanted}
    settled = Settled()
    for revision_id in {**stood, **after}:
        old, wish = stood.get(revision_id), after.get(revision_id)
        if revision_id != new:
            _move(base, revision_id, wish.window if wish else None, version, like, settled)
        if old != wish:
            _write(base, document, revision_id, wish, version, stood=old is not None)
    return settled


def _move(
    base: KnowledgeBase,
    revision_id: uuid.UUID,
    window: Window | None,
    version: int,
    like: int | None,
    settled: Settled,
) -> None:
    passages = Passage.objects.filter(base_id=base.pk, revision_id=revision_id)
    living = passages.filter(died=None)
    model = _model(passages, like) if window else passages.none()
    if _lives(living) == _lives(model, window):
        return
    if living.exists():
        # What it looks like is decided before it ends.
        model = passages.filter(pk__in=list(model.values_list("pk", flat=True)))
        settled.ended += copying.retire(base=base, passages=living, version=version)
    if window and model.exists():
        settled.copies |= copying.copy(base=base, passages=model, window=window, version=version)


def _model(passages: QuerySet[Passage], like: int | None) -> QuerySet[Passage]:
    """What the revision looks like: as at version `like`, as it is now, or as it last was."""
    if like is not None:
        return passages.filter(alive_at(like))
    if passages.filter(died=None).exists():
        return passages.filter(died=None)
    return passages.filter(died=passages.aggregate(last=Max("died"))["last"])


def _lives(passages: QuerySet[Passage], window: Window | None = None) -> set[tuple[object, ...]]:
    """Two sets of a revision's passages are the same when their places and their days are."""
    rows = passages.values_list("ordinal", "applies_from", "applies_until")
    if window is None:
        return set(rows)
    return {(ordinal, window.first, window.end) for ordinal, _, _ in rows}


def _write(
    base: KnowledgeBase,
    document: Document,
    revision_id: uuid.UUID,
    new: Standing | None,
    version: int,
    *,
    stood: bool,
) -> None:
    if stood:
        Edition.objects.filter(revision_id=revision_id, died=None).update(died=version)
    if new is None:
        return
    window = new.window or Window()
    Edition.objects.create(
        base=base,
        document=document,
        revision_id=revision_id,
        born=version,
        effective_from=new.since,
        effective_until=new.until,
        applies=new.window is not None,
        applies_from=window.first,
        applies_until=window.end,
    )


def newest_applying(wanted: Iterable[Standing]) -> uuid.UUID | None:
    """The revision that lists show: the newest content that applies on any day."""
    applying = [one for one in wanted if one.window]
    return max(applying, key=lambda one: one.number).revision_id if applying else None


def heirs(copies: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, Passage]:
    """The copies by the id of what they were copied from."""
    found = Passage.objects.in_bulk(list(copies.values()))
    return {old: found[new] for old, new in copies.items()}


__all__ = ["Settled", "as_standing", "heirs", "newest_applying", "settle", "standing"]
