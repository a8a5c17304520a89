"""Filling a space beside the one that serves, then changing over: the jobs behind a change of encoder and
behind an index.

An index is made the same way: a second space of the same encoder is filled by copying, indexed while nobody
writes to it, and takes over. So neither questions nor uploads wait for either. What a killed worker has left
is found and continued; only the change-over locks the base, for as long as a few new passages take.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import structlog
from django.conf import settings
from django.db import OperationalError

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.ids import reference
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge import encoders, faults
from sunmao.knowledge.embedding import spaces, tables
from sunmao.knowledge.embedding.models import Medium, Space, SpaceState
from sunmao.knowledge.models import KnowledgeBase, Passage
from sunmao.knowledge.postings import segments
from sunmao.knowledge.reuse import passage_text
from sunmao.knowledge.sight import looking

BATCH = 128
COPIED = 10_000
LAST = 64
"""So many passages may be encoded while the base is locked; more are first encoded without the lock."""
ROUNDS = 20
KINDS = ("embedding.reembed", "embedding.settle")
DROPS, DROP_PAUSE = 5, 0.2
FIRST = uuid.UUID(int=0)
log = structlog.get_logger(__name__)


def build(lease: Lease) -> dict[str, Any]:
    """The job `embedding.reembed`: its subject is the base, its payload names the space."""
    with tenancy.scope(lease.organisation_id):
        space = Space.objects.select_related("base").filter(pk=lease.payload["space"]).first()
    if space is None or space.state == SpaceState.SERVING:
        return _done(lease, {"vectors": space.vectors if space else 0})
    _known(space)
    _fill(lease, space)
    if spaces.wants_index(space):
        _index(space)
    served = _change_over(lease, space)
    _drop_unused(space.base, keep=1)
    _again_if_needed(space.base)
    return served


def settle(lease: Lease) -> dict[str, Any]:
    """The job `embedding.settle`: missing vectors, indexes and posting lists of one base."""
    with tenancy.scope(lease.organisation_id):
        base = KnowledgeBase.objects.get(pk=reference(lease.subject_id))
        if _another_works(lease):
            return _done(lease, {"left_to": "another job"})
        spaces.open_for_pictures(base)
        serving = list(Space.objects.filter(base=base, state=SpaceState.SERVING).select_related("base"))
    done: dict[str, Any] = {"added": 0, "indexed": 0}
    for space in serving:
        if not encoders.has_changed(space.encoder, space.identity):
            done["added"] += _fill(lease, space)
        _count(space)
        if spaces.wants_index(space) != space.indexed:
            done["indexed"] += settle_index(space, alive=lease.renew)
    done["segments"] = segments.settle(base=base, report=lease.progress)
    _drop_unused(base, keep=1)
    result = _done(lease, done)
    _again_if_needed(base)
    return result


def _another_works(lease: Lease) -> bool:
    """Whoever began first looks at the base once more at its end."""
    others = Job.objects.filter(kind__in=KINDS, subject_id=lease.subject_id, state=JobState.RUNNING)
    return others.filter(pk__lt=lease.job_id).exists()


def _again_if_needed(base: KnowledgeBase) -> None:
    with tenancy.scope(base.organisation_id):
        serving = Space.objects.filter(base=base, state=SpaceState.SERVING)
        if any(
            tables.missing(
                space=one.pk, base=base.pk, language=one.language, limit=1, pictures=one.of_pictures
            )
            and not encoders.has_changed(one.encoder, one.identity)
            for one in serving
        ):
            spaces.settle_later(base)


def _known(space: Space) -> None:
    """The encoder of a space is what its first vector came from. Another one starts it anew."""
    identity = encoders.encoder(space.encoder).identity
    if space.dimensions and space.identity == identity:
        return
    with tenancy.scope(space.organisation_id):
        tables.drop_index(space.pk)
        tables.empty(space.pk)
        space.becomes(identity)
        space.vectors, space.indexed = 0, False
        space.save()


def _fill(lease: Lease, space: Space) -> int:
    """Encode what the space lacks, batch by batch; each is kept when it is done. Returns how many."""
    with tenancy.scope(space.organisation_id):
        lacking = tables.count_missing(
            space=space.pk, base=space.base_id, language=space.language, pictures=space.of_pictures
        )
    done = 0
    while True:
        batch = _lacking(space, BATCH)
        if not batch:
            return done
        _encode(space, batch)
        done += len(batch)
        faults.point("between_batches")
        lease.progress(min(done, lacking), lacking)


def _lacking(space: Space, limit: int) -> list[Passage]:
    with tenancy.scope(space.organisation_id):
        found = tables.missing(
            space=space.pk,
            base=space.base_id,
            language=space.language,
            limit=limit,
            pictures=space.of_pictures,
        )
        return list(Passage.objects.filter(pk__in=found).select_related("revision").defer("revision__text"))


def _encode(space: Space, passages: Sequence[Passage]) -> None:
    """Passages are read outside a transaction: an encoder takes seconds."""
    if space.of_pictures:
        looking.look(space, passages)
        return
    texts = [passage_text(passage, passage.revision.title) for passage in passages]
    made = spaces.encoded(space.encoder, texts)
    with tenancy.scope(space.organisation_id):
        spaces.add(space, [passage.pk for passage in passages], made)


def _index(space: Space) -> None:
    """In a transaction of its own: a worker that is killed meanwhile leaves none."""
    with tenancy.scope(space.organisation_id):
        if space.indexed:
            return
        tables.make_index(space.pk, memory_kib=_memory(space))
        Space.objects.filter(pk=space.pk).update(indexed=True)
    space.indexed = True


def _memory(space: Space) -> int:
    """What the graph needs, within what the operator gives: rows, sixteen neighbours each, and some air."""
    needed = space.vectors * (space.dimensions * 2 + 700) // 1024 + 65_536
    return min(needed, settings.SUNMAO_INDEX_MEMORY // 1024)


def _change_over(lease: Lease, space: Space) -> dict[str, Any]:
    for _ in range(ROUNDS):
        with tenancy.scope(lease.organisation_id):
            # Uploads lock the base as well: while it is ours, nothing is added that the space would lack.
            base = KnowledgeBase.objects.select_for_update().get(pk=space.base_id)
            lease.confirm()
            batch = _lacking(space, LAST + 1)
            if len(batch) <= LAST:
                if batch:
                    _encode(space, batch)
                faults.point("before_change_over")
                return _serve(lease, base, space)
        _fill(lease, space)
    raise OperationalError("The base grows faster than its vectors are made.")


def _serve(lease: Lease, base: KnowledgeBase, space: Space) -> dict[str, Any]:
    """Inside the transaction that holds the base: the old vectors step back, the new ones serve."""
    before = Space.objects.filter(base=base, medium=space.medium, state=SpaceState.SERVING)
    if space.language:
        before = before.filter(language=space.language)
    before.update(state=SpaceState.KEPT)
    space.state, space.served_at, space.vectors = SpaceState.SERVING, now(), tables.count(space.pk)
    space.save(update_fields=["state", "served_at", "vectors"])
    result: dict[str, Any] = {
        "vectors": space.vectors,
        "encoder": str(space.identity),
        "indexed": space.indexed,
    }
    audit.record(actor=lease.worker, verb="space.served", subject=space, base=base.slug, **result)
    lease.succeed(result)
    return result


def settle_index(space: Space, *, alive: Callable[[], object]) -> int:
    """Give a space the index that its size asks for, or take it away."""
    if not spaces.wants_index(space):
        with tenancy.scope(space.organisation_id):
            tables.drop_index(space.pk)
            Space.objects.filter(pk=space.pk).update(indexed=False)
        return 0
    twin = _twin(space)
    if twin is None:
        return 0
    _copy(source=space, space=twin, alive=alive)
    _count(twin)
    _index(twin)
    with tenancy.scope(space.organisation_id):
        base = KnowledgeBase.objects.select_for_update().get(pk=space.base_id)
        tables.copy_rest(source=space.pk, space=twin.pk)
        replaced = _replace(base, old=space, new=twin)
    if replaced:
        _drop(space)
    return int(replaced)


def _twin(space: Space) -> Space | None:
    """A second space of the same vectors; None while a change of encoder is under way: that makes its own."""
    with tenancy.scope(space.organisation_id):
        begun = Space.objects.filter(base=space.base_id, state=SpaceState.FILLING).first()
        if begun is None:
            begun = spaces.new_space(
                base=space.base, spec=space.encoder, language=space.language, medium=space.medium
            )
            begun.becomes(space.identity)
            begun.save()
    same = _kind(begun) == _kind(space)
    return begun if same and begun.identity == space.identity else None


def _copy(*, source: Space, space: Space, alive: Callable[[], object]) -> None:
    after: uuid.UUID | None = FIRST
    while after is not None:
        with tenancy.scope(space.organisation_id):
            after = tables.copy_part(source=source.pk, space=space.pk, after=after, limit=COPIED)
        faults.point("between_batches")
        alive()


def _replace(base: KnowledgeBase, *, old: Space, new: Space) -> bool:
    """Unless somebody has asked for another encoder meanwhile."""
    states = dict(Space.objects.filter(base=base, pk__in=[old.pk, new.pk]).values_list("pk", "state"))
    if states != {old.pk: SpaceState.SERVING, new.pk: SpaceState.FILLING}:
        return False
    Space.objects.filter(pk=old.pk).update(state=SpaceState.KEPT)
    new.vectors = tables.count(new.pk)
    new.state, new.served_at = SpaceState.SERVING, old.served_at
    new.save(update_fields=["vectors", "state", "served_at"])
    return True


def _count(space: Space) -> None:
    with tenancy.scope(space.organisation_id):
        space.vectors = tables.count(space.pk)
        Space.objects.filter(pk=space.pk).update(vectors=space.vectors)


def _drop_unused(base: KnowledgeBase, *, keep: int) -> None:
    """Of the vectors that no longer serve, the last ones are kept for going back."""
    with tenancy.scope(base.organisation_id):
        kept = Space.objects.filter(base=base, state=SpaceState.KEPT)
        complete = list(kept.exclude(served_at=None).order_by("-served_at"))
        never = list(kept.filter(served_at=None))
        in_use = {_kind(one) for one in Space.objects.filter(base=base, state=SpaceState.SERVING)}
    copies = [one for one in complete if _kind(one) in in_use]
    others = [one for one in complete if one not in copies]
    for medium in Medium:
        _drop_all((one for one in others if one.medium == medium), after=keep)
    _drop_all((*never, *copies))


def _kind(space: Space) -> tuple[str, str, str]:
    return space.encoder, space.language, space.medium


def _drop_all(unused: Iterable[Space], after: int = 0) -> None:
    for space in islice(unused, after, None):
        _drop(space)


def _drop(space: Space) -> None:
    """A search that does not end in time keeps it; the next job tries again."""
    for _ in range(DROPS):
        try:
            with tenancy.scope(space.organisation_id):
                spaces.drop(space)
            return
        except OperationalError:  # somebody is searching; all others would wait behind us
            time.sleep(DROP_PAUSE)
    log.warning("space_not_dropped", space=str(space.pk))


def _done(lease: Lease, result: dict[str, Any]) -> dict[str, Any]:
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        lease.succeed(result)
    return result
