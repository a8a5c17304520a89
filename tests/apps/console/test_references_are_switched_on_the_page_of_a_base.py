from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.knowledge.graph import extraction
from sunmao.knowledge.models import KnowledgeBase
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of

LAW = "# 商店条例\n\n第一条 退货依照本条例第二条办理。\n\n第二条 退货须在七日内提出。\n"


@pytest.fixture
def base(cast: Cast, ingest: Ingest) -> KnowledgeBase:
    return ingest(cast.zhou.actor, "商店条例.md", LAW).base


def _page(base: KnowledgeBase) -> str:
    return f"/console/knowledge/knowledgebase/{base.pk}/change/"


def _is_on(cast: Cast, base: KnowledgeBase) -> bool:
    with tenancy.scope(cast.hemu.pk):
        return extraction.is_on(base)


def test_they_are_followed_and_no_longer(cast: Cast, base: KnowledgeBase, work_off: WorkOff) -> None:
    page = _page(base)
    assert "Follow references between passages" in cast.zhou.client.get(page).content.decode()
    assert cast.zhou.client.post(page, {"follow": ""}).status_code == 302
    assert _is_on(cast, base)
    assert "Passages of before are still being read." in cast.zhou.client.get(page).content.decode()
    work_off(cast.zhou.actor)
    shown = cast.zhou.client.get(page).content.decode()
    assert "Questions follow references here: 2 references, 0 named things." in shown
    assert "still being read" not in shown
    cast.zhou.client.post(page, {"forget": ""})
    assert not _is_on(cast, base)
    assert verbs_of(cast.hemu)[-2:] == ["graph.turned_on", "graph.turned_off"]


def test_whoever_may_only_look_is_shown_no_button_and_changes_nothing(
    cast: Cast, base: KnowledgeBase
) -> None:
    before = state_of(cast.hemu)
    assert "Follow references" not in cast.ann.client.get(_page(base)).content.decode()
    cast.ann.client.post(_page(base), {"follow": ""})
    assert state_of(cast.hemu) == before
    assert not _is_on(cast, base)
