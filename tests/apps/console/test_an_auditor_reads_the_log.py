"""The audit log as a page: names instead of codes, filters, before and after, the state of the chain."""

from __future__ import annotations

import re

import pytest
from django.http.response import HttpResponseBase

from sunmao.audit import services as audit
from sunmao.audit.chain import Problem
from sunmao.audit.exporting.offline import verify_file
from sunmao.audit.models import Entry
from sunmao.audit.sealing import seal
from sunmao.audit.subject import AuditLog, keeper
from sunmao.audit.tasks import keep_finding
from sunmao.audit.verifying import Outcome
from sunmao.core import tenancy
from sunmao.knowledge import services as knowledge
from tests.fixtures import Cast, Ingest, state_of
from tests.fixtures.files import RETURNS

LOG = "/console/audit/entry/"


def _page(cast: Cast, query: str = "", language: str = "en") -> str:
    response = cast.ann.client.get(f"{LOG}{query}", headers={"accept-language": language})
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def _changed(cast: Cast) -> Entry:
    with tenancy.scope(cast.hemu.pk):
        written = audit.record(
            actor=cast.lin.actor,
            verb="role.changed",
            subject=AuditLog(cast.hemu.pk),
            before={"name": "Desk", "colour": "same"},
            after={"name": "Front desk", "colour": "same"},
            personal={"username": "mei.planted"},
            why="=1+1",
        )
        return Entry.objects.get(pk=written.pk)


def test_actions_and_people_have_names(cast: Cast) -> None:
    knowledge.create_base(actor=cast.zhou.actor, slug="manuals")
    page = _page(cast, "?verb=base.created")
    assert "Knowledge base made" in page
    assert re.search(r">\s*zhou\s*<", page)
    assert not re.search(r">\s*base\.created\s*<", page)


def test_it_is_filtered_by_action_and_person(cast: Cast) -> None:
    knowledge.create_base(actor=cast.zhou.actor, slug="manuals")
    for query, count in (
        ("?verb=base.created", 2),
        (f"?actor=user:{cast.zhou.user.pk}", 1),
        (f"?actor=user:{cast.mei.user.pk}", 0),
        (f"?verb=base.created&actor=user:{cast.zhou.user.pk}", 1),
    ):
        rows = re.findall(r"/console/audit/entry/[0-9a-f-]{36}/change/", _page(cast, query))
        assert len(set(rows)) == count, query


def test_one_entry_shows_what_changed_and_its_place(cast: Cast) -> None:
    entry = _changed(cast)
    waiting = cast.ann.client.get(f"{LOG}{entry.pk}/change/").content.decode()
    assert "Waits for its seal" in waiting
    seal(cast.hemu.pk)
    page = cast.ann.client.get(f"{LOG}{entry.pk}/change/").content.decode()
    for text in ("Role changed", "Desk", "Front desk", "mei.planted", "in seal 1 of"):
        assert text in page
    assert "colour" not in page  # what stayed the same is no change


def test_the_page_says_how_the_chain_stands(cast: Cast) -> None:
    assert "No entry has been sealed yet." in _page(cast)
    seal(cast.hemu.pk)
    assert re.search(r"Sealed until [\d-]+ [\d:]+: \d+ entries in 1 seals\.", _page(cast))
    outcome = Outcome(cast.hemu.pk, entries=7)
    keep_finding(actor=keeper(cast.hemu.pk), outcome=outcome)
    assert "7 entries, nothing was changed." in _page(cast)
    outcome.add([Problem(kind="entry_changed", seal=1, entry=3)])
    keep_finding(actor=keeper(cast.hemu.pk), outcome=outcome)
    assert "the chain is BROKEN" in _page(cast)


def _text(response: HttpResponseBase) -> str:
    assert response.status_code == 200
    return b"".join(response).decode()


def test_it_is_exported_with_the_filters_of_the_page(cast: Cast) -> None:
    _changed(cast)
    everything = _text(cast.ann.client.post(f"{LOG}export/", {"format": "jsonl"}))
    assert verify_file(everything.splitlines()).problems == []
    some = _text(cast.ann.client.post(f"{LOG}export/?verb=role.changed", {"format": "csv"}))
    assert len(some.strip().splitlines()) == 2


@pytest.mark.parametrize("given", [{}, {"format": "xlsx"}])
def test_no_other_export_is_made(cast: Cast, given: dict[str, str]) -> None:
    before = state_of(cast.hemu)
    assert cast.ann.client.post(f"{LOG}export/", given).status_code == 403
    assert cast.ann.client.get(f"{LOG}export/", given).status_code == 403
    assert cast.zhou.client.post(f"{LOG}export/", {"format": "csv"}).status_code == 403
    assert state_of(cast.hemu) == before


def test_jobs_have_names_too(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    page = cast.zhou.client.get("/console/jobs/job/").content.decode()
    assert "Read a document" in page
    assert not re.search(r">\s*knowledge\.ingest\s*<", page)
