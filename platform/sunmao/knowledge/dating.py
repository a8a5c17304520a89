"""Changing on which days a content is in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import Conflict
from sunmao.knowledge.learning.confirming import follow
from sunmao.knowledge.models import ChangeKind, Document, KnowledgeBase, Revision
from sunmao.knowledge.services import inside_of
from sunmao.knowledge.versions.dates import Dates
from sunmao.knowledge.versions.editions import heirs, newest_applying, settle, standing
from sunmao.knowledge.versions.history import advance, author_of
from sunmao.knowledge.versions.windows import Standing, lined_up

DATE = "knowledge.document.date"


class NotStanding(Conflict):
    code = "revision_replaced"
    default_message = _("This revision is not in the newest version of its base, so it has no dates there.")


def set_dates(*, actor: Actor, document: Document, revision: int, dates: Dates) -> int:
    """From the base's next version on, a revision of the document is in force on these days; the others give
    way or come back. Earlier versions keep the days that they had. What an archive or a mail holds follows
    it, in the same version, where it still has the same days. Returns the base's version.

    Raises `revision_replaced` for one that does not stand in the newest version.
    """
    dates.check()
    with tenancy.scope(actor.organisation_id):
        base = KnowledgeBase.objects.select_for_update().get(pk=document.base_id)
        actor.require(DATE, base=base.slug)
        known = next((one for one in standing(document) if one.number == revision), None)
        if known is None:
            raise NotStanding
        before = Dates(known.since, known.until)
        if before == dates:
            return base.version
        turn = _Turn(actor, base, before, dates)
        counts = [turn.of(document, known), *(turn.of(*one) for one in _inside(document, before))]
        advance(
            base=base,
            kind=ChangeKind.DATED,
            by=author_of(actor),
            document=document,
            revision=Revision.objects.defer("text").get(pk=known.revision_id),
            added=sum(added for added, _ in counts),
            removed=sum(removed for _, removed in counts),
        )
    return base.version


def _inside(document: Document, days: Dates) -> list[tuple[Document, Standing]]:
    """What stands inside, at every depth, with the revision that is in force on these days."""
    members = Document.objects.filter(pk__in=inside_of(document), left_in=None).order_by("pk")
    return [
        (member, one) for member in members for one in standing(member) if Dates(one.since, one.until) == days
    ]


@dataclass(frozen=True)
class _Turn:
    """From some days to others, in the base's next version."""

    actor: Actor
    base: KnowledgeBase
    before: Dates
    after: Dates

    def of(self, document: Document, known: Standing) -> tuple[int, int]:
        """How many passages began and ended."""
        others = [one for one in standing(document) if one.number != known.number]
        wanted = lined_up([*others, replace(known, since=self.after.first, until=self.after.last)])
        version = self.base.version + 1
        settled = settle(base=self.base, document=document, wanted=wanted, version=version)
        copies = heirs(settled.copies)
        follow(base=self.base, document=document, passages=[], copies=copies, version=version)
        Revision.objects.filter(pk=known.revision_id).update(
            effective_from=self.after.first, effective_until=self.after.last
        )
        Document.objects.filter(pk=document.pk).update(current=newest_applying(wanted))
        audit.record(
            actor=self.actor,
            verb="revision.dated",
            subject=document,
            before=self.before.as_dict(),
            after=self.after.as_dict(),
            base=self.base.slug,
            revision=known.number,
        )
        return len(settled.copies), settled.ended


__all__ = ["DATE", "NotStanding", "set_dates"]
