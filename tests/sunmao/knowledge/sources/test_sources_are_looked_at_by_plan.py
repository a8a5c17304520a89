"""Looks by plan, and the verbs that change it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, Forbidden
from sunmao.jobs.models import Job
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.sources import services
from sunmao.knowledge.sources.models import Source
from sunmao.knowledge.sources.tasks import poll
from tests.fixtures import Cast, WorkOff, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER
from tests.sunmao.knowledge.sources.conftest import Look, documents, reread


@pytest.fixture
def source(cast: Cast, base: KnowledgeBase, folder: Path) -> Source:
    (folder / "returns.md").write_text(RETURNS)
    return services.add(actor=cast.lin.actor, base=base, kind="folder", address=str(folder), every_minutes=5)


def _make_due(source: Source) -> None:
    with tenancy.scope(source.organisation_id):
        Source.objects.filter(pk=source.pk).update(due_at=now() - timedelta(seconds=1))


def _looks(source: Source) -> int:
    with tenancy.scope(source.organisation_id):
        return Job.objects.filter(kind="sources.look", subject_id=source.pk).count()


def test_the_next_look_is_planned_when_one_ends(source: Source, look: Look) -> None:
    source = look(source, first=True)
    assert source.due_at is not None
    assert timedelta(minutes=4) < source.due_at - now() <= timedelta(minutes=5)


def test_a_due_source_is_looked_at_once(source: Source, look: Look) -> None:
    look(source, first=True)
    assert poll() == 0
    _make_due(source)
    assert (poll(), poll()) == (1, 0)
    assert _looks(source) == 2


def test_a_planned_look_brings_what_is_new(
    source: Source, look: Look, folder: Path, work_off: WorkOff, cast: Cast
) -> None:
    look(source, first=True)
    (folder / "later.md").write_text(RETURNS_LATER)
    _make_due(source)
    poll()
    work_off(cast.lin.actor)
    assert sorted(documents(source.base)) == ["policies/later.md", "policies/returns.md"]
    assert verbs_of(cast.hemu, subject=source.pk) == ["source.added", "source.looked_at", "source.looked_at"]


def test_a_look_that_is_under_way_is_not_doubled(source: Source, cast: Cast) -> None:
    _make_due(source)
    assert poll() == 0
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as refused:
        services.refresh(actor=cast.lin.actor, source=source)
    assert refused.value.code == "source_busy"
    assert state_of(cast.hemu) == before


def test_a_paused_source_is_left_alone_until_it_is_resumed(source: Source, look: Look, cast: Cast) -> None:
    look(source, first=True)
    services.pause(actor=cast.lin.actor, source=source)
    _make_due(source)
    assert poll() == 0
    services.resume(actor=cast.lin.actor, source=source)
    assert poll() == 1


def test_pausing_stops_the_look_that_is_under_way(source: Source, cast: Cast, work_off: WorkOff) -> None:
    services.pause(actor=cast.lin.actor, source=source)
    work_off(cast.lin.actor)
    source = reread(source)
    assert source.job is not None
    assert (source.job.state, source.round) == ("cancelled", 0)
    assert documents(source.base) == {}


def test_a_source_without_a_plan_is_looked_at_when_asked_only(source: Source, look: Look, cast: Cast) -> None:
    look(source, first=True)
    services.change(actor=cast.lin.actor, source=source, every_minutes=0)
    assert reread(source).due_at is None
    assert poll() == 0


def test_removing_a_source_keeps_its_documents(source: Source, look: Look, cast: Cast) -> None:
    look(source, first=True)
    services.remove(actor=cast.lin.actor, source=source)
    with tenancy.scope(cast.hemu.pk):
        assert not Source.objects.exists()
    assert documents(source.base) == {"policies/returns.md": 1}
    assert verbs_of(cast.hemu, subject=source.pk)[-1] == "source.removed"


def test_removing_a_source_with_its_documents_takes_them_out_first(
    source: Source, look: Look, cast: Cast, work_off: WorkOff
) -> None:
    look(source, first=True)
    services.remove(actor=cast.lin.actor, source=source, with_documents=True)
    assert reread(source).state == "ending"
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        assert not Source.objects.exists()
    assert documents(source.base) == {}
    assert verbs_of(cast.hemu)[-2:] == ["document.deleted", "source.removed"]


@pytest.mark.parametrize("verb", ["refresh", "pause", "remove", "change"])
def test_whoever_may_only_look_on_changes_nothing(source: Source, cast: Cast, verb: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        getattr(services, verb)(actor=cast.ann.actor, source=source)
    assert state_of(cast.hemu) == before
