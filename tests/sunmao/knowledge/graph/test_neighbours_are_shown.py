"""What a passage refers to, by the API and on its page; and the switch."""

from __future__ import annotations

import pytest

from sunmao.core import tenancy
from sunmao.knowledge.models import KnowledgeBase, Passage
from tests.fixtures import Cast, Ingest, WorkOff, state_of

SHELF = "rules"
LAW = "# 家具买卖办法\n\n" + "\n\n".join(
    f"第{number}条　{text}"
    for number, text in zip(
        "一二三四五六",
        (
            "为了规范家具交易，制定本办法。",
            "预付定金超过比例的部分，依照本办法第五条处理。",
            "送货上门的费用由卖方承担。",
            "安装应当在三日内完成。",
            "多收金额在十个工作日内退回原账户。",
            "第二条、第五条自公布之日起施行。",
        ),
        strict=True,
    )
)


@pytest.fixture
def fifth(cast: Cast, ingest: Ingest, work_off: WorkOff) -> Passage:
    ingest(cast.zhou.actor, "家具买卖办法.md", LAW, base=SHELF)
    switched = cast.zhou.client.put(
        f"/api/v1/bases/{SHELF}/references", {"active": True}, content_type="application/json"
    )
    assert (switched.status_code, switched.json()["active"], switched.json()["complete"]) == (
        200,
        True,
        False,
    )
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        return Passage.objects.get(label="第五条")


def test_the_api_tells_neighbours_both_ways(cast: Cast, fifth: Passage) -> None:
    state = cast.zhou.client.get(f"/api/v1/bases/{SHELF}/references").json()
    assert state == {"active": True, "complete": True, "references": 3, "entities": 0}
    found = cast.mei.client.get(f"/api/v1/passages/{fifth.pk}/references").json()["neighbours"]
    assert [(one["relation"], one["outgoing"], one["passage"]["label"]) for one in found] == [
        ("referred_to_by", False, "第二条"),
        ("referred_to_by", False, "第六条"),
    ]


def test_the_page_shows_them_and_leads_on(cast: Cast, fifth: Passage) -> None:
    page = cast.mei.client.get(f"/passages/{fifth.pk}/references/")
    assert page.status_code == 200
    text = page.content.decode()
    assert text.index("Referred to by") < text.index("第二条") < text.index("第六条")
    with tenancy.scope(cast.hemu.pk):
        second = Passage.objects.get(label="第二条")
    assert f'href="/passages/{second.pk}/references/"' in text
    assert (
        f'href="/passages/{fifth.pk}/references/"'
        in cast.mei.client.get(f"/passages/{fifth.pk}/").content.decode()
    )


def test_a_stranger_sees_neither(cast: Cast, fifth: Passage) -> None:
    before = state_of(cast.hemu)
    assert cast.omar.client.get(f"/passages/{fifth.pk}/references/").status_code == 404
    assert cast.omar.client.get(f"/api/v1/passages/{fifth.pk}/references").status_code == 404
    refused = cast.mei.client.put(
        f"/api/v1/bases/{SHELF}/references", {"active": False}, content_type="application/json"
    )
    assert refused.status_code == 403
    wrong = cast.zhou.client.put(
        f"/api/v1/bases/{SHELF}/references", {"active": "yes"}, content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_input")
    assert {key: rows for key, rows in state_of(cast.hemu).items() if not key.startswith("audit_")} == {
        key: rows for key, rows in before.items() if not key.startswith("audit_")
    }


def test_a_base_without_it_says_so(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "家具买卖办法.md", LAW, base=SHELF)
    with tenancy.scope(cast.hemu.pk):
        passage = Passage.objects.filter(base_id=KnowledgeBase.objects.get(slug=SHELF).pk)[0]
    text = cast.mei.client.get(f"/passages/{passage.pk}/references/").content.decode()
    assert "References are turned off for this base." in text
    assert (
        f"/passages/{passage.pk}/references/"
        not in cast.mei.client.get(f"/passages/{passage.pk}/").content.decode()
    )
