"""An upload of many files: one progress, the reasons counted, one decision for all."""

from __future__ import annotations

import uuid

import pytest

from sunmao.core import tenancy
from sunmao.core.errors import Forbidden, NotFound
from sunmao.core.ids import new_id
from sunmao.jobs import services as jobs
from sunmao.jobs.batches import batch, progress_of
from sunmao.jobs.models import Job
from sunmao.knowledge import services
from sunmao.knowledge.models import Audience
from sunmao.knowledge.reading import about, jobs_of_base, jobs_of_batch
from tests.fixtures import Cast, Person, WorkOff, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER

BROKEN = bytes(range(256)) * 40


@pytest.fixture
def together(cast: Cast) -> uuid.UUID:
    base = services.create_base(actor=cast.lin.actor, slug="service")
    with batch() as identifier:
        for name, data in (("a.md", RETURNS.encode()), ("b.md", BROKEN), ("c.md", BROKEN + b"!")):
            services.receive(actor=cast.lin.actor, base=base, name=name, chunks=[data])
    services.receive(actor=cast.lin.actor, base=base, name="alone.md", chunks=[RETURNS_LATER.encode()])
    return identifier


def _told(person: Person, identifier: object) -> dict[str, object]:
    with tenancy.scope(person.actor.organisation_id):
        return progress_of(jobs_of_batch(actor=person.actor, batch=identifier)).as_dict()


def test_progress_and_reasons_are_counted(cast: Cast, together: uuid.UUID, work_off: WorkOff) -> None:
    told = _told(cast.lin, together)
    assert (told["total"], told["done"], told["percent"], told["reasons"]) == (3, 0, 0, [])
    work_off(cast.lin.actor)
    told = _told(cast.lin, together)
    assert (told["total"], told["done"], told["percent"]) == (3, 3, 100)
    assert told["states"] == {"queued": 0, "running": 0, "succeeded": 1, "failed": 2, "cancelled": 0}
    reasons = told["reasons"]
    assert isinstance(reasons, list)
    assert [(one["code"], one["count"], bool(one["message"])) for one in reasons] == [
        ("binary_file", 2, True)
    ]


def test_all_that_failed_are_tried_again_in_one_go(
    cast: Cast, together: uuid.UUID, work_off: WorkOff
) -> None:
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        found = jobs_of_batch(actor=cast.lin.actor, batch=together, permission="jobs.job.retry")
    assert jobs.retry_all(actor=cast.lin.actor, jobs=found, subject=about(together)) == 2
    assert _told(cast.lin, together)["states"] == {
        "queued": 2, "running": 0, "succeeded": 1, "failed": 0, "cancelled": 0,
    }  # fmt: skip
    assert verbs_of(cast.hemu, subject=together) == ["jobs.retried"]
    assert jobs.retry_all(actor=cast.lin.actor, jobs=found, subject=about(together)) == 0
    assert verbs_of(cast.hemu, subject=together) == ["jobs.retried"]


def test_all_that_wait_are_cancelled_in_one_go(cast: Cast, together: uuid.UUID, work_off: WorkOff) -> None:
    with tenancy.scope(cast.hemu.pk):
        found = jobs_of_batch(actor=cast.lin.actor, batch=together, permission="jobs.job.cancel")
    assert jobs.cancel_all(actor=cast.lin.actor, jobs=found, subject=about(together)) == 3
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        states = dict(Job.objects.values_list("document__name", "state"))
    assert states == {
        "a.md": "cancelled", "b.md": "cancelled", "c.md": "cancelled", "alone.md": "succeeded",
    }  # fmt: skip


def test_a_base_is_steered_as_a_whole(cast: Cast, together: uuid.UUID, work_off: WorkOff) -> None:
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        base = services.KnowledgeBase.objects.get(slug="service")
        found = jobs_of_base(actor=cast.lin.actor, base=base)
        assert (progress_of(found).total, progress_of(found).states["failed"]) == (4, 2)
    assert jobs.retry_all(actor=cast.lin.actor, jobs=found, subject=about(base.pk)) == 2


def test_nobody_sees_a_batch_of_another_organisation(cast: Cast, together: uuid.UUID) -> None:
    with tenancy.scope(cast.qinghe.pk), pytest.raises(NotFound):
        jobs_of_batch(actor=cast.omar.actor, batch=together)
    with tenancy.scope(cast.hemu.pk), pytest.raises(NotFound):
        jobs_of_batch(actor=cast.lin.actor, batch=new_id())


def test_files_for_staff_are_not_counted_for_others(cast: Cast) -> None:
    inner = services.create_base(actor=cast.lin.actor, slug="inner", audience=Audience.STAFF)
    with batch() as identifier:
        services.receive(actor=cast.lin.actor, base=inner, name="a.md", chunks=[RETURNS.encode()])
    assert _told(cast.lin, identifier)["total"] == 1
    with tenancy.scope(cast.hemu.pk), pytest.raises(NotFound):
        jobs_of_batch(actor=cast.ann.actor, batch=identifier)


def test_whoever_may_only_look_on_steers_nothing(cast: Cast, together: uuid.UUID) -> None:
    before = state_of(cast.hemu)
    with tenancy.scope(cast.hemu.pk):
        found = jobs_of_batch(actor=cast.ann.actor, batch=together)
    for verb in (jobs.cancel_all, jobs.retry_all):
        with pytest.raises(Forbidden):
            verb(actor=cast.ann.actor, jobs=found, subject=about(together))
    assert state_of(cast.hemu) == before
