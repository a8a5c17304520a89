from __future__ import annotations

import json

import pytest

from tests.fixtures import Ask, Cast, Ingest, WorkOff, state_of
from tests.fixtures.files import RETURNS

HERE = "/api/v1/unanswered"
ASKED = ("台灯的灯泡是什么型号", "台灯灯泡型号", "沙发可以分期付款吗")


@pytest.fixture
def mined(cast: Cast, ingest: Ingest, ask: Ask, work_off: WorkOff) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    for question in ASKED:
        ask(cast.mei.actor, question)
    queued = cast.zhou.client.post(HERE)
    assert (queued.status_code, queued.json()["kind"]) == (202, "mining.mine")
    assert cast.zhou.client.post(HERE).json()["code"] == "mining_under_way"
    work_off(cast.zhou.actor)


def test_clusters_are_listed_opened_and_decided_on(cast: Cast, mined: None) -> None:
    listed = cast.zhou.client.get(HERE).json()["clusters"]
    assert [(one["size"], one["state"]) for one in listed] == [(2, "open"), (1, "open")]
    address = f"{HERE}/{listed[0]['id']}"
    shown = cast.zhou.client.get(address).json()
    assert {one["question"] for one in shown["questions"]} == set(ASKED[:2])
    assert shown["questions"][0]["likeness"] == 1.0

    body = json.dumps({"state": "planned", "note": "Ask the supplier"})
    done = cast.zhou.client.patch(address, body, content_type="application/json")
    assert (done.status_code, done.json()["state"], done.json()["note"]) == (
        200, "planned", "Ask the supplier",
    )  # fmt: skip
    planned = cast.zhou.client.get(f"{HERE}?state=planned").json()["clusters"]
    assert [one["id"] for one in planned] == [listed[0]["id"]]
    assert cast.zhou.client.get(f"{HERE}?state=burnt").json()["code"] == "invalid_input"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_input"),
        ({"state": "burnt"}, 400, "invalid_input"),
        ({"state": ["open"]}, 400, "invalid_input"),
        ({"state": "open", "note": 7}, 400, "invalid_input"),
        ({"state": "open", "note": "x" * 2_001}, 413, "too_long"),
    ],
)
def test_a_wrong_decision_changes_nothing(
    cast: Cast, mined: None, body: object, status: int, code: str
) -> None:
    address = f"{HERE}/{cast.zhou.client.get(HERE).json()['clusters'][0]['id']}"
    before = state_of(cast.hemu)
    told = cast.zhou.client.patch(address, json.dumps(body), content_type="application/json")
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert state_of(cast.hemu) == before


def test_neighbours_and_customers_see_none(cast: Cast, mined: None) -> None:
    address = f"{HERE}/{cast.zhou.client.get(HERE).json()['clusters'][0]['id']}"
    assert cast.mei.client.get(HERE).status_code == 403
    assert cast.omar.client.get(HERE).json()["clusters"] == []
    assert cast.omar.client.get(address).json()["code"] == "unknown_cluster"
