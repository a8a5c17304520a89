"""Who was refused, and where, but never so often that refusals could fill the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sunmao.audit import denials
from sunmao.audit.models import Entry
from sunmao.core import streams, tenancy
from tests.fixtures import Cast, StopAuditing


@pytest.fixture(autouse=True)
def _afresh() -> Iterator[None]:
    denials.window.clear()
    yield
    denials.window.clear()


def _denied(cast: Cast) -> list[dict[str, object]]:
    with tenancy.scope(cast.hemu.pk):
        found = Entry.objects.filter(verb="access.denied").order_by("at")
        return [{"who": entry.who, **entry.detail} for entry in found]


def _ask(cast: Cast, name: str = "mei") -> int:
    return int(getattr(cast, name).client.get("/api/v1/audit/entries").status_code)


def test_a_refused_person_is_noted_with_the_right_that_was_missing(cast: Cast, broker: object) -> None:
    assert _ask(cast) == 403
    assert _denied(cast) == [
        {
            "who": "mei",
            "method": "GET",
            "route": "api/v1/audit/entries",
            "permission": "audit.entry.read",
            "code": "forbidden",
            "left_out": 0,
        }
    ]


def test_the_same_refusal_is_noted_once_in_a_while(cast: Cast, broker: object) -> None:
    for _ in range(20):
        _ask(cast)
    _ask(cast, "zhou")
    assert [entry["who"] for entry in _denied(cast)] == ["mei", "zhou"]


def test_another_process_that_noted_it_counts(cast: Cast, broker: object) -> None:
    _ask(cast)
    denials.window.clear()  # what another process does not know
    _ask(cast)
    assert len(_denied(cast)) == 1


def test_what_was_left_out_is_counted(cast: Cast, broker: object, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [1000.0]
    monkeypatch.setattr("sunmao.audit.denials.time.monotonic", lambda: moment[0])
    for _ in range(5):
        _ask(cast)
    moment[0] += 601
    streams.client().flushall()
    _ask(cast)
    assert [entry["left_out"] for entry in _denied(cast)] == [0, 4]


def test_an_organisation_has_a_share_and_no_more(
    cast: Cast, broker: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "MOST_PER_ORGANISATION", 3)
    for number in range(10):
        denials.note(actor=cast.mei.actor, method="GET", route=f"page/{number}")
    assert len(_denied(cast)) == 3


def test_without_redis_each_process_counts_for_itself(
    cast: Cast, no_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "MOST_PER_ORGANISATION", 3)
    for number in range(10):
        for _ in range(3):
            denials.note(actor=cast.mei.actor, method="GET", route=f"page/{number}")
    assert len(_denied(cast)) == 3


def test_a_refusal_stands_though_it_cannot_be_noted(
    cast: Cast, broker: object, stop_auditing: StopAuditing
) -> None:
    stop_auditing()
    assert _ask(cast) == 403


def test_a_page_that_refuses_is_noted_too(cast: Cast, broker: object) -> None:
    assert cast.zhou.client.get("/console/audit/entry/").status_code == 403
    assert [(entry["who"], entry["route"]) for entry in _denied(cast)] == [("zhou", "console/audit/entry/")]


def test_a_stranger_is_not_noted(cast: Cast, broker: object) -> None:
    from django.test import Client

    assert Client().get("/api/v1/audit/entries").status_code == 401
    assert _denied(cast) == []
