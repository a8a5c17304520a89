"""Having a base looked through, and what people make of the hints."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job
from sunmao.knowledge.hints.models import Hint, HintKind, HintState
from sunmao.knowledge.hints.selectors import SETTLE
from sunmao.knowledge.models import Document, KnowledgeBase

LOOK = "hints.look"


class UnderWay(Conflict):
    code = "looking_under_way"
    default_message = _("This base is being looked through already.")


def request(*, actor: Actor, base: KnowledgeBase) -> Job:
    """Queue a look through the base; two at once make no sense."""
    actor.require(SETTLE, base=base.slug)
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        KnowledgeBase.objects.select_for_update().get(pk=base.pk)
        if any(not job.has_ended for job in Job.objects.filter(kind=LOOK, subject_id=base.pk)):
            raise UnderWay
        audit.record(actor=actor, verb="hints.requested", subject=base, base=base.slug)
        return jobs.enqueue(actor=actor, kind=LOOK, subject_id=base.pk)


def dismiss(*, actor: Actor, hint: Hint) -> None:
    """It is not shown again as long as both texts are what they are."""
    _settle(actor, hint, HintState.OPEN, HintState.DISMISSED, "hint.dismissed")


def reopen(*, actor: Actor, hint: Hint) -> None:
    _settle(actor, hint, HintState.DISMISSED, HintState.OPEN, "hint.reopened")


def _settle(actor: Actor, hint: Hint, was: HintState, state: HintState, verb: str) -> None:
    actor.require(SETTLE, base=hint.base.slug)
    with tenancy.scope(actor.organisation_id):
        if not Hint.objects.filter(pk=hint.pk, state=was).update(state=state):
            raise Conflict(code="hint_settled")
        audit.record(
            actor=actor, verb=verb, subject=hint, base=hint.base.slug, kind=hint.kind, rule=hint.rule
        )
    hint.state = state


def mark_reviewed(*, actor: Actor, document: Document) -> None:
    """Somebody has looked at the document and found it right."""
    actor.require(SETTLE, base=document.base.slug)
    with tenancy.scope(actor.organisation_id):
        Document.objects.filter(pk=document.pk).update(reviewed_at=now())
        over = Hint.objects.filter(document=document, kind=HintKind.UNREVIEWED, state=HintState.OPEN)
        over.update(state=HintState.GONE)
        audit.record(actor=actor, verb="document.reviewed", subject=document, base=document.base.slug)


__all__ = ["LOOK", "UnderWay", "dismiss", "mark_reviewed", "reopen", "request"]
