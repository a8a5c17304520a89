"""The account of a base's versions: who made each, when, how, and what it holds since."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.jobs.models import Job
from sunmao.knowledge.models import Change, ChangeKind, Document, Edition, KnowledgeBase, Revision


@dataclass(frozen=True)
class Author:
    """Who made a version: the name stands in the row, sealed with the person's key."""

    person_key: uuid.UUID | None = None
    name: str | None = None


NOBODY = Author()


def author_of(actor: Actor) -> Author:
    return Author(persons.key_of(actor.subject), actor.name)


def starter_of(job: Job | None, actor: Actor) -> Author:
    """A job acts for whoever started it, unless that person was erased meanwhile."""
    if job is None or job.person_key is None or job.created_by is None:
        return author_of(actor)
    return NOBODY if isinstance(job.created_by, persons.Erased) else Author(job.person_key, job.created_by)


def advance(
    *,
    base: KnowledgeBase,
    kind: ChangeKind,
    by: Author,
    document: Document | None = None,
    revision: Revision | None = None,
    restored: int | None = None,
    gained: int | None = None,
    **counts: int,
) -> int:
    """Make the next version of a base that the caller has locked, and write down what made it.

    Last in its transaction: the row tells what the base holds then. `gained` is how many documents it holds
    more than before, where the caller knows: all of them are counted otherwise. Returns the version.
    """
    base.refresh_from_db(fields=["version", "passage_count"])
    documents = _documents(base, gained)
    base.version += 1
    base.save(update_fields=["version"])
    Change.objects.create(
        base=base,
        version=base.version,
        kind=kind,
        document=document,
        revision=revision.number if revision else None,
        restored=restored,
        counts={**counts, "documents": documents, "passages": base.passage_count},
        person_key=by.person_key,
        made_by=by.name,
    )
    return base.version


def _documents(base: KnowledgeBase, gained: int | None) -> int:
    told = Change.objects.filter(base=base, version=base.version).values_list("counts__documents", flat=True)
    if gained is not None and isinstance(before := told.first(), int):
        return before + gained
    applying = Edition.objects.filter(base=base, died=None, applies=True)
    return applying.values("document").distinct().count()


__all__ = ["NOBODY", "Author", "advance", "author_of", "starter_of"]
