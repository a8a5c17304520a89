"""Documents that a person uploaded. They belong to the organisation, and are erased only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunmao.core.people import Erased, Kept, Part, Person
from sunmao.jobs.models import Job
from sunmao.knowledge.models import Change, Document
from sunmao.knowledge.purging import purge


class Documents:
    def export(self, person: Person) -> Iterator[Part]:
        rows = [_row(document) for document in _of(person)]
        yield Part(name="documents", title=_("Documents uploaded"), rows=rows)
        made = [_change(change) for change in _changes_by(person)]
        yield Part(name="knowledge_versions", title=_("Versions of knowledge bases made"), rows=made)

    def erase(self, person: Person) -> Iterator[Erased]:
        if person.with_documents:
            documents = list(_of(person))
            for document in documents:
                purge(document=document)
            yield Erased(what=_("Documents with their files, passages and vectors"), count=len(documents))

    def kept(self, person: Person) -> Iterator[Kept]:
        count = 0 if person.with_documents else _of(person).count()
        if count:
            yield Kept(
                what=_("Documents uploaded"),
                count=count,
                why=_("They belong to the organisation. Erase them with the person if they are about them."),
            )


def _of(person: Person) -> QuerySet[Document]:
    """By the jobs that read them: a document itself does not know who brought it."""
    read = Job.objects.filter(person_key__in=person.key_ids, kind="knowledge.ingest")
    return (
        Document.objects.filter(pk__in=read.values("subject_id"))
        .select_related("base")
        .order_by("created_at")
    )


def _changes_by(person: Person) -> QuerySet[Change]:
    """Erasing the person destroys the key that the name in these is sealed with."""
    changes = Change.objects.filter(person_key__in=person.key_ids)
    return changes.select_related("base").order_by("created_at")


def _change(change: Change) -> dict[str, Any]:
    return {
        "base": change.base.slug,
        "version": change.version,
        "kind": change.kind,
        "made_at": change.created_at,
        "made_by": change.made_by,
    }


def _row(document: Document) -> dict[str, Any]:
    return {
        "id": document.pk,
        "base": document.base.slug,
        "name": document.name,
        "uploaded_at": document.created_at,
        "removed_at": document.deleted_at,
        "revisions": [
            {"number": one.number, "sha256": one.sha256, "size": one.size}
            for one in document.revisions.order_by("number")
        ],
    }
