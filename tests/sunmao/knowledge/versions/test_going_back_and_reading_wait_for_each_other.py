"""A rollback and a publication at the same time come one after the other, whichever is first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from sunmao.core import tenancy
from sunmao.jobs.tasks import run
from sunmao.knowledge import services
from sunmao.knowledge.models import Change, KnowledgeBase, Passage
from sunmao.knowledge.rollback import roll_back
from tests.fixtures import Standing
from tests.fixtures.files import RETURNS, RETURNS_LATER
from tests.fixtures.knowledge import run_waiting_jobs


def test_both_happen_and_every_version_has_its_account(standing: Standing, broker: object) -> None:
    base = services.create_base(actor=standing.actor, slug="service")
    for content in (RETURNS, RETURNS_LATER):
        services.receive(actor=standing.actor, base=base, name="a.md", chunks=[content.encode()])
        run_waiting_jobs(standing.actor)
    received = services.receive(actor=standing.actor, base=base, name="b.md", chunks=[RETURNS.encode()])
    job = received.document.job
    assert job is not None

    def publish() -> None:
        try:
            run(str(job.organisation_id), str(job.pk))
        finally:
            connection.close()

    def go_back() -> None:
        try:
            roll_back(actor=standing.actor, base=base, to=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(publish), both.submit(go_back)]:
            done.result(timeout=60)
    with tenancy.scope(standing.organisation.pk):
        known = KnowledgeBase.objects.get(pk=base.pk)
        kinds = list(Change.objects.filter(base=base).order_by("version").values_list("version", "kind"))
        living = Passage.objects.filter(base_id=base.pk, died=None)
        names = set(living.values_list("document__name", flat=True))
        seven = living.filter(label="Seven days").count()
    assert [version for version, _ in kinds] == [1, 2, 3, 4]
    assert sorted(kind for _, kind in kinds[2:]) == ["published", "rolled_back"]
    # Published first, it left again with the rollback; published after, it stands beside what came back.
    published_last = kinds[3][1] == "published"
    assert names == ({"a.md", "b.md"} if published_last else {"a.md"})
    assert seven == (2 if published_last else 1)
    assert known.passage_count == living_count(base)


def living_count(base: KnowledgeBase) -> int:
    with tenancy.scope(base.organisation_id):
        return Passage.objects.filter(base_id=base.pk, died=None).count()
