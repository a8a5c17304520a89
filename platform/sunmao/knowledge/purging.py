"""Removing a document for good: from every version, with its vectors and files.

Ordinary removal keeps old versions answerable (`services.delete_document`). This does not: a release that
pins an older version no longer finds the passages, and answers that quoted them keep only what they quoted.
"""

from __future__ import annotations

import time

from django.db import connection, transaction

from sunmao.jobs import services as jobs
from sunmao.jobs.tidying import remove_unnamed
from sunmao.knowledge.embedding.spaces import settle_later
from sunmao.knowledge.models import ChangeKind, Document, KnowledgeBase
from sunmao.knowledge.selectors import files_of
from sunmao.knowledge.versions.editions import settle
from sunmao.knowledge.versions.history import NOBODY, advance

_VECTORS = """
    DELETE FROM knowledge_passage_vector v USING knowledge_passage p
    WHERE p.id = v.passage_id AND v.base_id = %(base)s AND p.document_id = %(document)s
"""


def purge(*, document: Document) -> None:
    """Inside the caller's transaction and scope; the files go after the commit."""
    base = KnowledgeBase.objects.select_for_update().get(pk=document.base_id)
    # What it holds is as much about a person as it is.
    for member in document.members.select_related("job"):
        purge(document=member)
    if document.job and not document.job.has_ended:
        jobs.supersede(job=document.job)
    settle(base=base, document=document, wanted=[], version=base.version + 1)
    with connection.cursor() as cursor:
        cursor.execute(_VECTORS, {"base": base.pk, "document": document.pk})
    names = files_of(document)
    Document.objects.filter(pk=document.pk).update(current=None)
    document.delete()
    advance(base=base, kind=ChangeKind.ERASED, by=NOBODY)
    settle_later(base)  # word lists that held it went with it
    organisation_id, since = base.organisation_id, time.time()
    transaction.on_commit(lambda: remove_unnamed(organisation_id=organisation_id, names=names, since=since))
