"""What the log needs done: sealing each second, delivery, and each night a verification and a purge."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings

from sunmao.audit import delivering, purging, sealing
from sunmao.audit import services as audit
from sunmao.audit.heads import organisations
from sunmao.audit.subject import AuditLog, keeper
from sunmao.audit.verifying import Outcome, verify
from sunmao.core import tenancy
from sunmao.core.actor import Actor

log = structlog.get_logger(__name__)

TOLD_PROBLEMS = 20


@shared_task(name="audit.seal")
def seal() -> int:
    return sealing.seal_all()


@shared_task(name="audit.deliver")
def deliver() -> int:
    return delivering.deliver_all()


@shared_task(name="audit.tend")
def tend() -> None:
    """Verify every chain and keep the finding; remove what may leave, if the settings say so."""
    for organisation_id in organisations():
        keep_finding(actor=keeper(organisation_id), outcome=verify(organisation_id))
    if settings.SUNMAO_AUDIT.purge:
        purging.purge_all(organisations())


def keep_finding(*, actor: Actor, outcome: Outcome) -> None:
    """An entry of its own, so that the chain tells when it was looked at and what was found."""
    if not outcome.is_sound:
        kinds = sorted({problem.kind for problem in outcome.problems})
        log.error("audit_chain_broken", organisation=str(outcome.organisation_id), problems=kinds)
    with tenancy.scope(outcome.organisation_id):
        audit.record(
            actor=actor,
            verb="audit.verified",
            subject=AuditLog(outcome.organisation_id),
            sound=outcome.is_sound,
            entries=outcome.entries,
            seals=outcome.seals,
            seconds=round(outcome.seconds, 3),
            problems=[problem.as_dict() for problem in outcome.problems[:TOLD_PROBLEMS]],
        )
