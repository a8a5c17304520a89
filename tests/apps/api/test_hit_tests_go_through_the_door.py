from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.knowledge.models import Document
from sunmao.knowledge.trials import trying
from tests.fixtures import Cast, Ingest, Person, WorkOff, state_of
from tests.fixtures.picture_model import plain_picture
from tests.sunmao.knowledge.trials.shelf import OUTSIDE, PETS, POLICY, SEVEN, passage_of

V1 = "/api/v1"
HERE = f"{V1}/bases/customer-service/trials"


@pytest.fixture
def policy(cast: Cast, ingest: Ingest) -> Document:
    return ingest(cast.zhou.actor, "returns.md", POLICY)


@pytest.fixture
def tried_at_once(broker: object, worker_at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction never commits, so a message is sent where it would be after the commit."""
    monkeypatch.setattr(trying, "transaction", SimpleNamespace(on_commit=lambda run: run()))


def _post(person: Person, address: str, body: Any) -> Any:
    return person.client.post(address, json.dumps(body), content_type="application/json")


@pytest.mark.usefixtures("tried_at_once")
def test_a_question_is_tried_and_told_stage_by_stage(cast: Cast, policy: Document, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "shop.md", "# Shop\n\nA dog is welcome.\n", base="house")
    told = _post(cast.zhou, HERE, {"question": PETS, "also": {"house": None}})
    assert told.status_code == 200, told.content
    body = told.json()
    assert (body["state"], body["accepted"], body["versions"]) == (
        "done", True, {"customer-service": policy.base.version, "house": 1},
    )  # fmt: skip
    assert body["hits"][0]["passage"]["label"] == "Wear"
    assert {stage["name"] for stage in body["stages"]} == {"lexical", "fused", "judged"}


@pytest.mark.usefixtures("tried_at_once")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"question": ""}, 400, "empty_input"),
        ({"question": 7}, 400, "invalid_input"),
        ({"question": PETS, "version": "x"}, 400, "invalid_input"),
        ({"question": PETS, "version": 10**12}, 404, "unknown_version"),
        ({"question": PETS, "also": ["house"]}, 400, "invalid_input"),
        ({"question": PETS, "also": {"nowhere": None}}, 404, "unknown_base"),
        ([], 400, "invalid_input"),
    ],
)
def test_a_wrong_body_is_told(cast: Cast, policy: Document, body: Any, status: int, code: str) -> None:
    before = state_of(cast.hemu)
    told = _post(cast.zhou, HERE, body)
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert state_of(cast.hemu) == before


@pytest.mark.usefixtures("tried_at_once")
def test_a_case_is_saved_marked_run_and_removed(cast: Cast, policy: Document, work_off: WorkOff) -> None:
    passage = str(passage_of(policy, "a cat or a dog").pk)
    made = _post(cast.zhou, f"{HERE}/cases", {"question": PETS, "passage_ids": [passage]})
    assert made.status_code == 201, made.content
    assert [one["question"] for one in cast.zhou.client.get(f"{HERE}/cases").json()["cases"]] == [PETS]

    tried = _post(cast.zhou, HERE, {"question": PETS}).json()
    assert [(one["passage_id"], one["rank"]) for one in tried["expected"]] == [(passage, 1)]
    assert tried["hits"][0]["expected"] is True

    queued = _post(cast.zhou, f"{HERE}/runs", {})
    assert (queued.status_code, queued.json()["state"]) == (202, "queued")
    work_off(cast.zhou.actor)
    run = cast.zhou.client.get(f"{V1}/trials/runs/{queued.json()['id']}").json()
    assert (run["state"], run["figures"]["recall@1"], run["results"][0]["rank"]) == ("succeeded", 1.0, 1)
    assert [one["id"] for one in cast.zhou.client.get(HERE).json()["runs"]] == [run["id"]]

    address = f"{V1}/trials/cases/{made.json()['id']}"
    assert cast.zhou.client.delete(address).status_code == 204
    assert cast.zhou.client.delete(address).json()["code"] == "unknown_case"


def test_a_file_is_run_and_its_wrong_lines_are_told(cast: Cast, policy: Document, work_off: WorkOff) -> None:
    text = f"question,document,label\n{PETS},returns.md,Wear\nWhat?,nowhere.md,\n{OUTSIDE},,\n"
    upload = SimpleUploadedFile("set.csv", text.encode())
    told = cast.zhou.client.post(f"{HERE}/runs", {"file": upload})
    assert told.status_code == 202, told.content
    assert (told.json()["set"], told.json()["wrong"]) == (
        "set.csv", [{"line": 3, "code": "unknown_document"}],
    )  # fmt: skip
    work_off(cast.zhou.actor)
    run = cast.zhou.client.get(f"{V1}/trials/runs/{told.json()['id']}").json()
    assert [(one["line"], one["rank"], one["refused"]) for one in run["results"]] == [
        (4, None, True),
        (2, 1, False),
    ]


def test_questions_are_sent_as_json_too(cast: Cast, policy: Document) -> None:
    told = _post(
        cast.zhou,
        f"{HERE}/runs",
        {"name": "nightly", "questions": [{"question": SEVEN, "document": "returns.md"}, "no object"]},
    )
    assert (told.status_code, told.json()["set"]) == (202, "nightly")
    assert told.json()["wrong"] == [{"line": 2, "code": "not_json"}]


@pytest.mark.parametrize(
    ("told", "data", "status", "code"),
    [
        ("no cases", {}, 400, "no_questions"),
        ("an empty file", {"file": SimpleUploadedFile("a.csv", b"")}, 422, "empty_file"),
        ("bytes", {"file": SimpleUploadedFile("a.csv", bytes(range(256)) * 9)}, 422, "binary_file"),
    ],
)
def test_what_holds_no_question_starts_nothing(
    cast: Cast, policy: Document, told: str, data: dict[str, Any], status: int, code: str
) -> None:
    before = state_of(cast.hemu)
    answered = cast.zhou.client.post(f"{HERE}/runs", data)
    assert (answered.status_code, answered.json()["code"]) == (status, code)
    assert state_of(cast.hemu) == before


def test_neighbours_and_customers_test_nothing(cast: Cast, policy: Document) -> None:
    before = state_of(cast.hemu)
    for person, status in ((cast.mei, 403), (cast.omar, 404)):
        assert person.client.get(f"{V1}/trials/runs/{policy.pk}").status_code == status
        assert _post(person, f"{HERE}/cases", {"question": PETS, "passage_ids": []}).status_code in (403, 400)
    assert state_of(cast.hemu) == before


@pytest.mark.usefixtures("tried_at_once")
def test_a_picture_is_asked_with(cast: Cast, ingest: Ingest, work_off: WorkOff, sees_pictures: str) -> None:
    for colour in ("red", "blue"):
        ingest(cast.zhou.actor, f"{colour}.png", plain_picture(colour, size=160))
    work_off(cast.zhou.actor)
    photo = SimpleUploadedFile("photo.png", plain_picture("blue", shade=10), "image/png")
    told = cast.zhou.client.post(HERE, {"picture": photo})
    assert told.status_code == 200, told.content
    body = told.json()
    assert (body["by_picture"], body["accepted"], body["reason"]) == (True, None, "")
    assert [hit["passage"]["document"] for hit in body["hits"]] == ["blue", "red"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"words", 400, "no_image"), (b"\xff\xd8\xff" + b"0" * 5_000_000, 413, "file_too_large")],
    ids=["no picture", "too large"],
)
def test_a_picture_that_is_none_is_refused(
    cast: Cast, policy: Document, content: bytes, status: int, code: str
) -> None:
    before = state_of(cast.hemu)
    told = cast.zhou.client.post(HERE, {"picture": SimpleUploadedFile("a.png", content, "image/png")})
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert state_of(cast.hemu) == before
