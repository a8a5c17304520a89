"""The versions of a base by REST: its history, what differs, going back, days in force, asking as of then."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sunmao.answering.models import AnswerRecord
from sunmao.core import tenancy
from tests.fixtures import Ask, Cast, Ingest, WorkOff, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER

BASE = "/api/v1/bases/customer-service"
QUESTION = "Within how many days may goods be sent back after delivery?"
JSON = "application/json"


@pytest.fixture
def document(cast: Cast, ingest: Ingest) -> str:
    """Two contents of one document: versions 1 and 2."""
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    return str(ingest(cast.zhou.actor, "returns.md", RETURNS_LATER).pk)


def _get(cast: Cast, path: str) -> Any:
    response = cast.zhou.client.get(f"{BASE}/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def test_the_history_says_who_made_which_version(cast: Cast, document: str) -> None:
    listed = _get(cast, "versions")
    assert (listed["version"], listed["more"]) == (2, False)
    newest, oldest = listed["versions"]
    assert {name: newest[name] for name in ("version", "kind", "made_by", "document", "revision")} == {
        "version": 2, "kind": "published", "made_by": "zhou", "document": "returns.md", "revision": 2,
    }  # fmt: skip
    assert (newest["added"], newest["removed"], newest["documents"]) == (3, 2, 1)
    assert (oldest["added"], oldest["removed"], oldest["passages"]) == (2, 0, 2)
    assert [one["version"] for one in _get(cast, "versions?before=2")["versions"]] == [1]


def test_two_versions_are_compared_word_by_word(cast: Cast, document: str) -> None:
    (changed,) = _get(cast, "difference?from=1&to=2")["documents"]
    assert (changed["document"], changed["state"]) == ("returns.md", "changed")
    assert changed["passages"] == {"added": 1, "removed": 0, "changed": 1}
    passage, fresh = _get(cast, f"difference/{document}?from=1&to=2")["passages"]
    assert (passage["before"]["label"], passage["after"]["label"]) == ("Seven days", "Thirty days")
    assert (fresh["state"], fresh["before"]) == ("added", None)
    words = [(piece["op"], piece["text"]) for piece in passage["pieces"] if piece["op"] != "same"]
    assert words == [("removed", "seven"), ("added", "thirty")]


def test_a_base_goes_back_once(cast: Cast, document: str) -> None:
    answers = [
        cast.zhou.client.post(f"{BASE}/rollback", {"version": 1}, content_type=JSON).json() for _ in range(2)
    ]
    assert [(one["version"], one["changed"]) for one in answers] == [(3, True), (3, False)]
    assert _get(cast, "difference?from=1&to=3")["documents"] == []
    assert "base.rolled_back" in verbs_of(cast.hemu)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"version": 3}, "unknown_version"),
        ({"version": "1"}, "invalid_input"),
        ({}, "invalid_input"),
        ({"version": 1, "force": True}, "invalid_input"),
    ],
)
def test_what_is_no_version_is_refused(cast: Cast, document: str, body: Any, code: str) -> None:
    before = state_of(cast.hemu)
    response = cast.zhou.client.post(f"{BASE}/rollback", body, content_type=JSON)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert state_of(cast.hemu) == before


def test_days_are_given_with_a_file_and_changed_afterwards(cast: Cast, work_off: WorkOff) -> None:
    upload = {"file": SimpleUploadedFile("a.md", RETURNS.encode()), "effective_from": "2026-03-01"}
    received = cast.zhou.client.post(f"{BASE}/documents", upload).json()["documents"][0]
    work_off(cast.zhou.actor)
    path = f"/api/v1/documents/{received['id']}/revisions"
    (shown,) = cast.zhou.client.get(path).json()["revisions"]
    assert (shown["effective_from"], shown["effective_until"], shown["applies"]) == ("2026-03-01", None, True)
    days = {"effective_from": "2026-03-01", "effective_until": "2026-12-31"}
    (shown,) = cast.zhou.client.put(f"{path}/1", days, content_type=JSON).json()["revisions"]
    assert (shown["effective_until"], shown["applies_until"]) == ("2026-12-31", "2027-01-01")
    wrong = cast.zhou.client.put(f"{path}/1", {"effective_from": "1.3.2026"}, content_type=JSON)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_dates")
    absent = cast.zhou.client.put(f"{path}/2", days, content_type=JSON)
    assert (absent.status_code, absent.json()["code"]) == (409, "revision_replaced")


def test_an_answer_is_given_as_of_a_version_and_says_so(cast: Cast, document: str, ask: Ask) -> None:
    then = ask(cast.mei.actor, QUESTION, base="customer-service", version=1)
    assert "seven days" in then.text
    assert then.knowledge == {"customer-service": 1}
    now = ask(cast.mei.actor, QUESTION, base="customer-service")
    assert "thirty days" in now.text


def test_an_answer_is_given_as_of_a_day_and_says_so(cast: Cast, document: str, ask: Ask) -> None:
    days = {"effective_from": "2026-03-01", "effective_until": None}
    cast.zhou.client.put(f"/api/v1/documents/{document}/revisions/2", days, content_type=JSON)
    then = ask(cast.mei.actor, QUESTION, as_of="2026-02-28")
    assert "seven days" in then.text
    shown = cast.mei.client.get(f"/api/v1/records/{then.pk}").json()
    assert (shown["as_of"], shown["knowledge"]) == ("2026-02-28", {"customer-service": 3})
    assert "thirty days" in ask(cast.mei.actor, QUESTION, as_of="2026-03-01").text


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "2026-02-30"}, "as_of"),
        ({"version": 1}, "version"),
        ({"version": 9, "base": "customer-service"}, "version"),
        ({"version": True, "base": "customer-service"}, "version"),
    ],
)
def test_what_is_no_day_and_no_version_is_refused_at_the_door(
    cast: Cast, document: str, more: Any, field: str
) -> None:
    asked = {"question": QUESTION, **more}
    response = cast.mei.client.post("/api/v1/tasks/customer_service/ask", asked, content_type=JSON)
    assert response.status_code == 400
    assert list(response.json()["fields"]) == [field]
    with tenancy.scope(cast.hemu.pk):
        assert not AnswerRecord.objects.exists()


def test_a_customer_reads_no_history(cast: Cast, document: str) -> None:
    for path in ("versions", "difference", f"difference/{document}"):
        assert cast.mei.client.get(f"{BASE}/{path}").status_code == 403
        assert cast.omar.client.get(f"{BASE}/{path}?from=0").json().get("documents", []) == []
