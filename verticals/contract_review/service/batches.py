"""Many contracts at once. A job reviews one contract and queues the next: others' work gets between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from sunmao.accounts import quotas
from sunmao.audit import services as audit
from sunmao.audit.carrying import resume
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import EmptyInput, InvalidInput, Message, SunmaoError
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease, LostLease
from sunmao.jobs.services import InternalError
from verticals.contract_review.models import Batch, Review, ReviewState
from verticals.contract_review.service import receiving, reviewing
from verticals.contract_review.service.receiving import Wish
from verticals.contract_review.service.rights import RUN, TASK, WRITE, key_of, require

log = structlog.get_logger(__name__)

MOST = 1_000


@dataclass(frozen=True)
class Given:
    name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True)
class ReceivedBatch:
    """`refused` are the files that were not taken, each with its reason."""

    batch: Batch
    refused: list[tuple[str, SunmaoError]]


def receive(*, actor: Actor, name: str, given: Sequence[Given], wish: Wish) -> ReceivedBatch:
    """Keep every file that can be kept, and begin with the first. Raises `EmptyInput` when none can be."""
    require(actor, WRITE)
    require(actor, RUN)
    if not given:
        raise EmptyInput(code="no_file")
    if len(given) > MOST:
        raise InvalidInput(fields={"file": _("are more than a batch can hold")})
    with tenancy.scope(actor.organisation_id):
        batch = Batch.objects.create(
            owner_id=actor.id,
            person_key=key_of(actor),
            name=name.strip()[:120] or given[0].name,
            settings=_plain(wish),
        )
    refused = _receive_each(actor, batch, given, wish)
    with tenancy.scope(actor.organisation_id):
        batch.total = len(given) - len(refused)
        if not batch.total:
            batch.delete()
            raise refused[0][1]
        batch.job = jobs.enqueue(actor=actor, kind="contract_review.batch", subject_id=batch.pk)
        batch.save(update_fields=["total", "job"])
        audit.record(
            actor=actor,
            verb="contract_batch.received",
            subject=batch,
            task=TASK,
            contracts=batch.total,
            refused=len(refused),
        )
    return ReceivedBatch(batch, refused)


def _receive_each(
    actor: Actor, batch: Batch, given: Sequence[Given], wish: Wish
) -> list[tuple[str, SunmaoError]]:
    refused: list[tuple[str, SunmaoError]] = []
    for one in given:
        try:
            receiving.receive_file(
                actor=actor,
                name=one.name,
                chunks=one.chunks,
                wish=replace(wish, title=""),
                batch=batch,
            )
        except SunmaoError as error:
            refused.append((one.name, error))
    return refused


def _plain(wish: Wish) -> dict[str, Any]:
    return {**asdict(wish), "as_of": wish.as_of.isoformat(), "focus": list(wish.focus)}


def stop(*, actor: Actor, batch: Batch) -> None:
    """What waits stays waiting and holds nothing of the limits of use; what is reviewed stays."""
    require(actor, WRITE)
    with tenancy.scope(actor.organisation_id):
        batch = Batch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
        left = list(_waiting(batch.pk).filter(job=None))
        if not left or batch.job is None or batch.job.has_ended:
            return
        jobs.supersede(job=batch.job)
        for review in left:
            quotas.give_back(work_id=review.pk)
        audit.record(actor=actor, verb="contract_batch.stopped", subject=batch, task=TASK, left=len(left))


def go_on(*, actor: Actor, batch: Batch) -> None:
    """Review what a stopped batch left waiting, whoever or whatever stopped it. Raises `QuotaExceeded`."""
    require(actor, WRITE)
    require(actor, RUN)
    with tenancy.scope(actor.organisation_id):
        batch = Batch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
        left = list(_waiting(batch.pk).filter(job=None))
        if not left or not batch.is_stopped:
            return
        for review in left:
            quotas.give_back(work_id=review.pk)
            quotas.reserve(actor=actor, work_id=review.pk)
        batch.job = jobs.enqueue(actor=actor, kind="contract_review.batch", subject_id=batch.pk)
        batch.save(update_fields=["job"])
        audit.record(actor=actor, verb="contract_batch.resumed", subject=batch, task=TASK, left=len(left))


def work(lease: Lease) -> dict[str, Any]:
    """The job `contract_review.batch`: review the next waiting contract, then queue another such job."""
    resume(lease.payload, organisation_id=lease.organisation_id)
    review = _next(lease)
    outcome: dict[str, Any] = {"reviewed": None}
    if review is not None:
        try:
            outcome = {"reviewed": reviewing.run(lease=lease, review_id=review.pk)["review_id"]}
        except SunmaoError as error:
            reviewing.fail(organisation_id=lease.organisation_id, review_id=review.pk, error=error)
            outcome = {"failed": str(review.pk), "code": error.code}
        except LostLease:
            raise
        except Exception:  # noqa: BLE001  one contract that nobody can read must not hold up the others
            log.exception("contract_of_batch_failed", review=str(review.pk))
            reviewing.fail(organisation_id=lease.organisation_id, review_id=review.pk, error=InternalError())
            outcome = {"failed": str(review.pk), "code": InternalError.code}
    return _go_on(lease, outcome)


def _waiting(batch_id: Any) -> Any:
    states = [ReviewState.QUEUED, ReviewState.PARSING, ReviewState.ANALYSING]
    return Review.objects.filter(contract__batch=batch_id, state__in=states).order_by("created_at", "id")


def _next(lease: Lease) -> Review | None:
    with tenancy.scope(lease.organisation_id):
        found: Review | None = _waiting(lease.subject_id).first()
        return found


def _go_on(lease: Lease, outcome: dict[str, Any]) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        batch = Batch.objects.select_for_update().get(pk=str(lease.subject_id))
        left = _waiting(batch.pk).count()
        lease.succeed({**outcome, "left": left})
        if left:
            batch.job = jobs.enqueue(actor=lease.worker, kind="contract_review.batch", subject_id=batch.pk)
            batch.save(update_fields=["job"])
    return outcome


def problem(name: str, error: SunmaoError) -> dict[str, Message]:
    return {"name": name, "code": error.code, "message": error.message}


__all__ = ["Given", "ReceivedBatch", "go_on", "problem", "receive", "stop", "work"]
