"""An auditor reads, follows and exports the log over the API; nobody else does."""

from __future__ import annotations

import json

import pytest
from django.http.response import HttpResponseBase

from sunmao.accounts.services import create_api_key
from sunmao.audit.exporting.offline import verify_file
from sunmao.audit.heads import Head
from sunmao.audit.sealing import seal
from sunmao.core import tenancy
from sunmao.core.ids import new_id
from sunmao.knowledge import services as knowledge
from tests.fixtures import Cast, state_of

ENTRIES, HEADS, EXPORT = "/api/v1/audit/entries", "/api/v1/audit/heads", "/api/v1/audit/export"
UNKNOWN = "01a202f1-418f-7f8d-a4bd-8e02ba10984a"


def _verbs(cast: Cast, **given: str) -> list[str]:
    response = cast.ann.client.get(ENTRIES, given)
    assert response.status_code == 200, response.content
    return [entry["verb"] for entry in response.json()["entries"]]


def _text(response: HttpResponseBase) -> str:
    assert response.status_code == 200
    return b"".join(response).decode()


def test_an_entry_is_told_whole(cast: Cast) -> None:
    base = knowledge.create_base(actor=cast.zhou.actor, slug="manuals", name="Manuals")
    zhou = str(cast.zhou.user.pk)
    given = {"verb": "base.created", "actor": zhou}
    (entry,) = cast.ann.client.get(ENTRIES, given).json()["entries"]
    assert (entry["actor"], entry["actor_kind"], entry["actor_id"]) == ("zhou", "user", zhou)
    assert (entry["what"], entry["subject_id"]) == ("Knowledge base made", str(base.pk))
    assert entry["detail"] == {"slug": "manuals"}
    alone = cast.ann.client.get(f"{ENTRIES}/{entry['id']}").json()
    assert alone == {**entry, "chain": None}
    seal(cast.hemu.pk)
    chain = cast.ann.client.get(f"{ENTRIES}/{entry['id']}").json()["chain"]
    assert (chain["seal"], len(chain["hash"])) == (1, 64)


def test_from_where_is_told(cast: Cast) -> None:
    cast.zhou.client.post(
        "/api/v1/bases",
        {"slug": "manuals"},
        content_type="application/json",
        headers={"user-agent": "Desk/2", "x-request-id": "request-4711"},
        REMOTE_ADDR="203.0.113.9",
    )
    found = cast.ann.client.get(ENTRIES, {"request": "request-4711"}).json()["entries"]
    assert [entry["origin"] for entry in found] == [{"address": "203.0.113.9", "agent": "Desk/2"}]


def test_filters_narrow(cast: Cast) -> None:
    base = knowledge.create_base(actor=cast.zhou.actor, slug="manuals")
    assert _verbs(cast, subject=f"knowledgebase:{base.pk}") == ["base.created"]
    assert _verbs(cast, actor=f"user:{cast.zhou.user.pk}") == ["base.created"]
    assert set(_verbs(cast, verb="base.*")) == {"base.created"}
    assert _verbs(cast, since="2090-01-01T00:00:00Z") == []
    assert _verbs(cast, until="1990-01-01T00:00:00Z") == []
    assert _verbs(cast, actor=f"api_key:{cast.zhou.user.pk}") == []
    assert "member.added" in _verbs(cast, actor="system")


def test_a_long_log_comes_in_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.api.views.audit.PAGE", 3)
    seen: list[str] = []
    before = ""
    while True:
        told = cast.ann.client.get(ENTRIES, {"before": before} if before else {}).json()
        seen += [entry["id"] for entry in told["entries"]]
        if not told["more"]:
            break
        before = seen[-1]
    assert len(seen) == len(set(seen)) == len(_all(cast))


def _all(cast: Cast) -> list[str]:
    from sunmao.audit.models import Entry

    with tenancy.scope(cast.hemu.pk):
        return [str(pk) for pk in Entry.objects.values_list("pk", flat=True)]


@pytest.mark.parametrize(
    ("case", "given", "field"),
    [
        ("a time that is none", {"since": "yesterday"}, "since"),
        ("a day that is none", {"until": "2026-13-40T00:00:00Z"}, "until"),
        ("a time without a zone", {"until": "2026-01-31T08:00"}, "until"),
        ("a verb with a NUL", {"verb": "a\0b"}, "verb"),
        ("a subject without end", {"subject": "x" * 201}, "subject"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(
    cast: Cast, case: str, given: dict[str, str], field: str
) -> None:
    response = cast.ann.client.get(ENTRIES, given)
    assert (response.status_code, list(response.json()["fields"])) == (400, [field])


def test_an_export_over_the_api_proves_itself(cast: Cast) -> None:
    response = cast.ann.client.get(EXPORT, headers={"accept": "*/*"})
    outcome = verify_file(_text(response).splitlines())
    assert outcome.problems == []
    assert outcome.entries == len(_all(cast))
    assert response["Content-Disposition"] == 'attachment; filename="audit.jsonl"'


@pytest.mark.parametrize("form", ["csv", "syslog"])
def test_other_formats_are_written_whatever_the_header_says(cast: Cast, form: str) -> None:
    response = cast.ann.client.get(EXPORT, {"format": form}, headers={"accept": "text/csv"})
    assert "organisation.created" in _text(response)


def test_an_unknown_format_is_refused(cast: Cast) -> None:
    before = state_of(cast.hemu)
    response = cast.ann.client.get(EXPORT, {"format": "xlsx"})
    assert (response.status_code, list(response.json()["fields"])) == (400, ["format"])
    assert state_of(cast.hemu) == before


def test_the_head_is_signed(cast: Cast) -> None:
    assert cast.ann.client.get(HEADS).json()["heads"] == []
    seal(cast.hemu.pk)
    told = cast.ann.client.get(HEADS).json()
    assert Head.parse(told["heads"][0]).organisation_id == cast.hemu.pk
    assert (told["waiting"], told["verified_at"], told["sound"]) == (0, None, None)


@pytest.mark.parametrize(
    "address", [ENTRIES, f"{ENTRIES}/01a202f1-418f-7f8d-a4bd-8e02ba10984a", HEADS, EXPORT]
)
def test_nobody_else_may(cast: Cast, address: str) -> None:
    before = state_of(cast.hemu)
    key = create_api_key(actor=cast.lin.actor, name="shop").secret
    after = state_of(cast.hemu)
    assert before != after
    for person in (cast.zhou, cast.mei):
        assert person.client.get(address).status_code == 403
    from django.test import Client

    assert Client(headers={"x-api-key": key}).get(address).status_code == 403
    assert Client().get(address).status_code == 401
    assert state_of(cast.hemu) == after


def test_an_entry_of_another_organisation_does_not_exist(cast: Cast) -> None:
    foreign = cast.omar.client.get(ENTRIES).json()["entries"][0]["id"]
    for address in (f"{ENTRIES}/{foreign}", f"{ENTRIES}/{new_id()}", f"{ENTRIES}/x"):
        assert cast.ann.client.get(address).status_code == 404
    assert cast.ann.client.get(ENTRIES, {"before": foreign}).status_code == 404
    mine = json.dumps(cast.ann.client.get(ENTRIES).json())
    assert str(cast.qinghe.pk) not in mine
