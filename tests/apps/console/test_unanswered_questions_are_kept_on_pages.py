from __future__ import annotations

from types import SimpleNamespace

import pytest

from sunmao.answering.mining.models import Cluster
from sunmao.core import tenancy
from sunmao.knowledge.trials import trying
from tests.fixtures import Ask, Cast, Ingest, WorkOff, state_of
from tests.fixtures.files import RETURNS_ZH

HERE = "/console/mining/cluster/"
ASKED = ("台灯的灯泡是什么型号", "台灯灯泡型号")


@pytest.fixture
def mined(cast: Cast, ingest: Ingest, ask: Ask, work_off: WorkOff) -> Cluster:
    ingest(cast.zhou.actor, "returns.md", RETURNS_ZH)
    for question in ASKED:
        ask(cast.mei.actor, question)
    cast.zhou.client.post(HERE, {"mine": "1"})
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        return Cluster.objects.get()


def test_a_cluster_is_opened_and_decided_on(cast: Cast, mined: Cluster) -> None:
    assert ASKED[0][:6] in cast.zhou.client.get(HERE).content.decode()
    page = f"{HERE}{mined.pk}/change/"
    shown = cast.zhou.client.get(page).content.decode()
    assert all(question in shown for question in ASKED)
    assert "/console/knowledge/document/add/" in shown
    cast.zhou.client.post(page, {"state": "planned", "note": "Ask the supplier"})
    with tenancy.scope(cast.hemu.pk):
        mined.refresh_from_db()
        assert (mined.state, str(mined.note)) == ("planned", "Ask the supplier")
    assert "Ask the supplier" in cast.zhou.client.get(page).content.decode()


def test_the_nearest_passages_are_shown_by_hit_testing(
    cast: Cast, mined: Cluster, worker_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "transaction", SimpleNamespace(on_commit=lambda run: run()))
    told = cast.zhou.client.post(f"{HERE}{mined.pk}/change/", {"look": "1"})
    shown = cast.zhou.client.get(told["Location"]).content.decode()
    assert "Would be refused" in shown
    assert "台灯" in shown


def test_who_may_not_sees_none(cast: Cast, mined: Cluster) -> None:
    before = state_of(cast.hemu)
    for person in (cast.ann, cast.mei):
        assert person.client.get(HERE).status_code in (302, 403)
        person.client.post(f"{HERE}{mined.pk}/change/", {"state": "dismissed"})
    assert state_of(cast.hemu) == before
