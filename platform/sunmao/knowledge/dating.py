"""Changing on which days a content is in force."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.knowledge.learning.confirming import follow
from sunmao.knowledge.models import ChangeKind, Document, KnowledgeBase, Revision
from sunmao.knowledge.versions.dates import Dates
from sunmao.knowledge.versions.editions import heirs, newest_applying, settle, standing
from sunmao.knowledge.versions.history import advance, author_of
from sunmao.knowledge.versions.windows import lined_up

DATE = "knowledge.document.date"


class NotStanding(Conflict):
    code = "revision_replaced"
    default_message = _("This revision is not in the newest version of its base, so it has no dates there.")


def set_dates(*, actor: Actor, document: Document, revision: int, dates: Dates) -> int:
    """From the base's next version on, a revision of the document is in force on these days; the others give
    way or come back. Earlier versions keep the days that they had. Returns the base's version.

    Raises `revision_replaced` for one that does not stand in the newest version.
    """
    dates.check()
    with tenancy.scope(actor.organisation_id):
        base = KnowledgeBase.objects.select_for_update().get(pk=document.base_id)
        actor.require(DATE, base=base.slug)
        standings = standing(document)
        known = next((one for one in standings if one.number == revision), None)
        if known is None:
            raise NotStanding
        before = Dates(known.since, known.until)
        if before == dates:
            return base.version
        others = [one for one in standings if one.number != revision]
        wanted = lined_up([*others, replace(known, since=dates.first, until=dates.last)])
        version = base.version + 1
        settled = settle(base=base, document=document, wanted=wanted, version=version)
        follow(base=base, document=document, passages=[], copies=heirs(settled.copies), version=version)
        Revision.objects.filter(pk=known.revision_id).update(
            effective_from=dates.first, effective_until=dates.last
        )
        Document.objects.filter(pk=document.pk).update(current=newest_applying(wanted))
        advance(
            base=base,
            kind=ChangeKind.DATED,
            by=author_of(actor),
            document=document,
            revision=Revision.objects.defer("text").get(pk=known.revision_id),
            added=len(settled.copies),
            removed=settled.ended,
        )
        audit.record(
            actor=actor,
            verb="revision.dated",
            subject=document,
            before=before.as_dict(),
            after=dates.as_dict(),
            base=base.slug,
            revision=revision,
        )
    return base.version


__all__ = ["DATE", "NotStanding", "set_dates"]
