"""A release in the shadow: questions that were answered are answered by it as well, and nobody sees it.

It is done afterwards, from the records, so that it costs no asker any time. A question that was erased
meanwhile is left out.
"""

from __future__ import annotations

from typing import Any

from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.answering.rehearsing import rehearse
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto.persons import Erased
from sunmao.core.ids import reference
from sunmao.core.vertical import find_task
from sunmao.evaluation.checks.wording import plain
from sunmao.evaluation.models import ShadowAnswer
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job, JobState
from sunmao.releases.models import Split, SplitMode
from sunmao.releases.splitting import meets

KIND = "evaluation.shadow"
AT_ONCE = 50


def begin() -> int:
    """A job for every open shadow that has questions to answer and no job yet. Run by the clock."""
    with tenancy.presenting(tenancy.MAINTENANCE, "sweep"):
        shadows = list(
            Split.objects.filter(mode=SplitMode.SHADOW, ended_at__isnull=True).values_list(
                "organisation_id", "pk"
            )
        )
    return sum(_begin(*one) for one in shadows)


def _begin(organisation_id: Any, split_id: Any) -> bool:
    actor = Actor(kind="system", id=None, organisation_id=organisation_id, name="worker", language="zh-hans")
    with tenancy.scope(organisation_id):
        busy = Job.objects.filter(
            kind=KIND, subject_id=split_id, state__in=[JobState.QUEUED, JobState.RUNNING]
        ).exists()
        split = Split.objects.select_related("release").get(pk=split_id)
        if busy or not _waiting(split):
            return False
        jobs.enqueue(actor=actor, kind=KIND, subject_id=split_id)
    return True


def _waiting(split: Split) -> list[AnswerRecord]:
    """Answers given since the split began, of the share of askers that it has, not yet answered in it."""
    known = ShadowAnswer.objects.filter(split=split).values("record_id")
    given = AnswerRecord.objects.filter(
        task=split.release.task_name,
        created_at__gte=split.created_at,
        outcome__in=[Outcome.ANSWERED, Outcome.UNANSWERED],
    ).exclude(pk__in=known)
    found = given.order_by("created_at", "id")[: AT_ONCE * 4]
    mine = [one for one in found if meets(split=split.pk, subject=str(one.person_key), share=split.share)]
    return mine[:AT_ONCE]


def work(lease: Lease) -> dict[str, Any]:
    """The job `evaluation.shadow`: its subject is the split."""
    with tenancy.scope(lease.organisation_id):
        split = Split.objects.select_related("release").get(pk=reference(lease.subject_id))
        records = _waiting(split)
    _vertical, task = find_task(split.release.task_name)
    for number, record in enumerate(records):
        lease.progress(number, len(records))
        if isinstance(record.question, Erased):
            continue
        told = rehearse(actor=lease.worker, release=split.release, data={task.screened: str(record.question)})
        with tenancy.scope(lease.organisation_id):
            lease.confirm()
            ShadowAnswer.objects.create(
                split=split,
                record_id=record.pk,
                outcome=told.outcome,
                error=told.error,
                same=plain(told.text) == plain(str(record.text)),
                seconds=told.seconds,
            )
    with tenancy.scope(lease.organisation_id):
        result = figures(split)
        lease.succeed(result)
    return result


def figures(split: Split) -> dict[str, Any]:
    """Of all that the shadow answered: how many, how many in the same words, and the outcomes."""
    answers = list(ShadowAnswer.objects.filter(split=split).values_list("outcome", "same", "seconds"))
    outcomes: dict[str, int] = {}
    for outcome, _same, _seconds in answers:
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return {
        "answers": len(answers),
        "same": sum(same for _outcome, same, _seconds in answers),
        "outcomes": dict(sorted(outcomes.items())),
        "mean_seconds": round(sum(one[2] for one in answers) / len(answers), 3) if answers else None,
    }


__all__ = ["KIND", "begin", "figures", "work"]
