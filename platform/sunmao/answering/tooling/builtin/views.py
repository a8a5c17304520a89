"""What of the platform's own tables may be asked about."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.answering.tooling.querying import Column, View
from sunmao.core.actor import Actor
from sunmao.knowledge.selectors import documents_visible_to

DOCUMENT = "knowledge.document.read"


def _documents(actor: Actor):  # type: ignore[no-untyped-def]  # a queryset with the selector's own type
    actor.require(DOCUMENT)
    return documents_visible_to(actor)


DOCUMENTS = View(
    name="documents",
    title=_("Documents of the knowledge bases"),
    rows=_documents,
    columns={
        "base": Column("base__slug"),
        "name": Column("name"),
        "title": Column("current__title"),
        "state": Column("job__state"),
        "error": Column("job__error_code"),
        "size": Column("current__size", "number"),
        "media_type": Column("current__media_type"),
        "in_force_from": Column("current__effective_from", "day"),
        "in_force_until": Column("current__effective_until", "day"),
        "created": Column("created_at", "day"),
        "reviewed": Column("reviewed_at", "day"),
        "source": Column("source"),
    },
    searched=("name", "title", "source"),
)
