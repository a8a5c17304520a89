"""Clustering what nobody could answer, and deciding what becomes of it.

A clustering reads all unanswered questions anew. A cluster of before lives on in the one that shares most
records with it, so that what people decided stays. Whether the knowledge answers it by now is asked of
retrieval and of the judgement, as for any question, once a base has changed since it was asked last.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.answering.mining.clustering import Group, cluster
from sunmao.answering.mining.models import Cluster, ClusterState, Member
from sunmao.answering.mining.selectors import MANAGE
from sunmao.answering.models import AnswerRecord, Outcome
from sunmao.answering.selectors import opened
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto.persons import Erased
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, TooLong
from sunmao.guards.personal import without_placeholders
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import ENDED, Job
from sunmao.knowledge import retrieval
from sunmao.knowledge.models import Audience, KnowledgeBase
from sunmao.knowledge.pins import LATEST, BaseVersion, pinned
from sunmao.releases import services as releases

KIND = "mining.mine"
MOST = 5_000
"""The newest questions that a clustering reads."""
PAGE = 500
WEEK = timedelta(days=7)
LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Asked:
    """A record with the words to compare it by, personal data left out."""

    record: AnswerRecord
    text: str


def request(*, actor: Actor) -> Job:
    """Cluster all unanswered questions of the organisation; it reads them all, so no narrow right will do."""
    actor.require(MANAGE)
    if not actor.bases_for(MANAGE).is_all or actor.tasks_for(MANAGE) is not None:
        raise Forbidden(fields={"permission": MANAGE})
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        if is_under_way():
            raise Conflict(_("The questions are being clustered already."), code="mining_under_way")
        job = jobs.enqueue(actor=actor, kind=KIND, subject_id=actor.organisation_id)
        audit.record(actor=actor, verb="unanswered.mining_requested", subject=job)
    return job


def is_under_way() -> bool:
    return Job.objects.filter(kind=KIND).exclude(state__in=ENDED).exists()


def decide(*, actor: Actor, found: Cluster, state: str, note: str | None = None) -> Cluster:
    """Open, planned, answered or dismissed, and a note for colleagues."""
    actor.require(MANAGE, task=found.task)
    if state not in ClusterState.values:
        raise InvalidInput(fields={"state": _("must be open, planned, answered or dismissed")})
    if note is not None and len(note) > LONGEST_NOTE:
        raise TooLong(fields={"note": _("is too long")})
    with tenancy.scope(actor.organisation_id):
        clusters = Cluster.objects.select_related("medoid").select_for_update(of=("self",))
        locked = clusters.get(pk=found.pk)
        before = locked.state
        _turn(locked, state)
        if note is not None:
            locked.note = note
        locked.save(update_fields=["state", "answered_at", "note"])
        audit.record(
            actor=actor,
            verb="unanswered.decided",
            subject=locked,
            before={"state": before},
            after={"state": state},
            task=locked.task,
        )
    return locked


def _turn(found: Cluster, state: str) -> None:
    if state != found.state:
        found.answered_at = now() if state == ClusterState.ANSWERED else None
    found.state = state


def mine(lease: Lease) -> dict[str, Any]:
    """The job `mining.mine`: its subject is the organisation."""
    with tenancy.scope(lease.organisation_id):
        asked = _asked()
        groups = [
            (task, [of_task[number] for number, _like in group.members], of_task[group.medoid], group)
            for task, of_task in _by_task(asked).items()
            for group in cluster([one.text for one in of_task])
        ]
        lease.confirm()
        kept = [_keep(known, *group) for known, group in _recognised(groups)]
        gone = _without_members(kept)
    turned = 0
    for place, one in enumerate(kept):
        lease.progress(place, len(kept))
        with tenancy.scope(lease.organisation_id):
            turned += _look_again(lease.worker, one)
    result: dict[str, Any] = {
        "questions": len(asked),
        "clusters": len(kept),
        "gone": gone,
        "answered": turned,
    }
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        job = Job.objects.get(pk=lease.job_id)
        audit.record(actor=lease.worker, verb="unanswered.mined", subject=job, **result)
        lease.succeed(result)
    return result


def _asked() -> list[Asked]:
    """The newest ones that may be read: what an erased person asked is nobody's to cluster."""
    left_out = Member.objects.filter(cluster=None).values("record")
    unanswered = AnswerRecord.objects.filter(outcome=Outcome.UNANSWERED).exclude(pk__in=left_out)
    newest = list(unanswered[:MOST])
    found = []
    for start in range(0, len(newest), PAGE):
        for record in opened(newest[start : start + PAGE]):
            question = record.question
            if not isinstance(question, Erased):
                found.append(Asked(record, without_placeholders(str(question))))
    return sorted(found, key=lambda one: (one.record.created_at, one.record.pk))


def _by_task(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        found[one.record.task].append(one)
    return dict(sorted(found.items()))


Grouped = tuple[str, Sequence[Asked], Asked, Group]


def _recognised(groups: Sequence[Grouped]) -> list[tuple[Cluster | None, Grouped]]:
    """Each group with the cluster of before that shares most records with it; each cluster once."""
    members = Member.objects.exclude(cluster=None).values_list("record_id", "cluster_id")
    of_record: dict[uuid.UUID, uuid.UUID | None] = dict(members)
    shared: list[tuple[int, int, uuid.UUID]] = []
    for place, (_task, asked, _medoid, _group) in enumerate(groups):
        counted = Counter(of_record.get(one.record.pk) for one in asked)
        shared += [(-count, place, known) for known, count in counted.items() if known is not None]
    clusters = {one.pk: one for one in Cluster.objects.select_for_update()}
    taken: dict[int, Cluster] = {}
    for _count, place, known in sorted(shared):
        if place not in taken and known in clusters:
            taken[place] = clusters.pop(known)
    return [(taken.get(place), group) for place, group in enumerate(groups)]


def _keep(known: Cluster | None, task: str, asked: Sequence[Asked], medoid: Asked, group: Group) -> Cluster:
    kept = known or Cluster(task=task)
    _describe(kept, [one.record for one in asked], medoid.record)
    if kept.state == ClusterState.ANSWERED and kept.answered_at and kept.last_seen > kept.answered_at:
        _turn(kept, ClusterState.OPEN)  # somebody asked again and was told nothing
    kept.save()
    Member.objects.filter(record__in=[one.record.pk for one in asked]).exclude(cluster=None).delete()
    Member.objects.bulk_create(
        Member(cluster=kept, record=one.record, likeness=like)
        for one, (_number, like) in zip(asked, group.members, strict=True)
    )
    return kept


def _describe(kept: Cluster, records: Sequence[AnswerRecord], medoid: AnswerRecord) -> None:
    times, today = [one.created_at for one in records], now()
    kept.medoid, kept.size = medoid, len(records)
    kept.first_seen, kept.last_seen = min(times), max(times)
    kept.recent = _between(times, today - WEEK, today)
    kept.before = _between(times, today - 2 * WEEK, today - WEEK)
    kept.bases = sorted({slug for one in records for slug in one.knowledge})


def _between(times: Iterable[datetime], after: datetime, until: datetime) -> int:
    return sum(after < one <= until for one in times)


def _without_members(kept: Sequence[Cluster]) -> int:
    """Clusters whose questions all went to others end; those whose questions are too old to be read stay."""
    rest = Cluster.objects.exclude(pk__in=[one.pk for one in kept])
    return int(rest.filter(members=None).delete()[0])


def _look_again(worker: Actor, found: Cluster) -> bool:
    """Whether the knowledge answers by now what it did not; turns the cluster's state if so."""
    waiting = Cluster.objects.select_for_update(of=("self",)).select_related("medoid")
    kept = waiting.filter(pk=found.pk, state__in=[ClusterState.OPEN, ClusterState.PLANNED]).first()
    if kept is None or kept.medoid is None:
        return False
    newest = max((one.record for one in _members(kept)), key=lambda record: (record.created_at, record.pk))
    pins = _pins(worker, newest)
    if not _have_moved(pins, newest.knowledge):
        return False
    question = without_placeholders(str(kept.medoid.question))
    if not retrieval.retrieve(actor=worker, question=question, bases=pins).judgement.accepted:
        return False
    _turn(kept, ClusterState.ANSWERED)
    kept.save(update_fields=["state", "answered_at"])
    return True


def _members(kept: Cluster) -> list[Member]:
    return list(kept.members.select_related("record"))


def _pins(worker: Actor, record: AnswerRecord) -> list[BaseVersion]:
    """What the task reads now, as far as whoever asked could read it: what staff read helps no customer."""
    vertical, _dot, task = record.task.partition(".")
    try:
        named: Mapping[str, int | str] = releases.resolve(actor=worker, vertical=vertical, task=task).bases
    except releases.NoRelease:
        named = {}
    everyone = KnowledgeBase.objects.filter(audience=Audience.EVERYONE).values_list("slug", flat=True)
    readable = {*everyone, *record.knowledge}
    bases = {**dict.fromkeys(record.knowledge, LATEST), **named}
    return [pin for pin in pinned(actor=worker, bases=bases) if pin.base.slug in readable]


def _have_moved(pins: Iterable[BaseVersion], read: Mapping[str, int]) -> bool:
    return any(pin.version > read.get(pin.base.slug, 0) for pin in pins)


def leave_out(records: Iterable[AnswerRecord]) -> int:
    """Of an erased person: these records are in no cluster, now and in any clustering to come. Returns how
    many were in one."""
    named = [one.pk for one in records]
    count = forget(named)
    Member.objects.bulk_create(Member(cluster=None, record_id=one) for one in named)
    return count


def forget(records: Sequence[uuid.UUID]) -> int:
    """No cluster names these records any more; returns how many were in one."""
    mine = Member.objects.filter(record__in=records)
    touched = set(mine.exclude(cluster=None).values_list("cluster_id", flat=True))
    count = mine.exclude(cluster=None).count()
    mine.delete()
    for kept in Cluster.objects.filter(pk__in=touched).select_for_update():
        left = _members(kept)
        if left:
            _describe(kept, [one.record for one in left], left[0].record)
            kept.save()
        else:
            kept.delete()
    return count


__all__ = ["KIND", "decide", "forget", "is_under_way", "leave_out", "mine", "request"]
