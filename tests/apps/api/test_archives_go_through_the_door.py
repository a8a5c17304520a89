"""What is inside an archive, by REST: listed with state and reason, removed with it or kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sunmao.core import tenancy
from sunmao.knowledge.models import Document
from tests.fixtures import Cast, WorkOff, state_of
from tests.sunmao.knowledge.text import files

ADDRESS = "/api/v1/bases/customer-service/documents"
PACKED = files.zipped({"a.md": b"# A\n\nWithin 7 days.", "b.pdf": files.pdf("abc", encrypted=True)})


@pytest.fixture
def archive(cast: Cast, work_off: WorkOff) -> dict[str, Any]:
    sent = cast.zhou.client.post(ADDRESS, {"file": SimpleUploadedFile("papers.zip", PACKED)}).json()
    for _depth in range(2):
        work_off(cast.zhou.actor)
    found: dict[str, Any] = cast.zhou.client.get(f"/api/v1/documents/{sent['documents'][0]['id']}").json()
    return {**found, "batch": sent["batch"]}


def members(client: Client, archive: dict[str, Any]) -> Any:
    return client.get(f"/api/v1/documents/{archive['id']}/members")


def test_members_are_listed_with_state_reason_and_origin(cast: Cast, archive: dict[str, Any]) -> None:
    assert (archive["members"], archive["units"], archive["origin"]["kind"]) == (2, {"member": 2}, "api")
    told = members(cast.zhou.client, archive).json()
    assert told["more"] is False
    rows = [(one["name"], one["state"], (one["job"]["error"] or {}).get("code")) for one in told["documents"]]
    assert rows == [("papers.zip/a.md", "succeeded", None), ("papers.zip/b.pdf", "failed", "encrypted_file")]
    origin = told["documents"][0]["origin"]
    assert (origin["kind"], origin["document"]) == ("member", {"id": archive["id"], "name": "papers.zip"})


def test_the_next_page_goes_on_after_a_name(cast: Cast, archive: dict[str, Any]) -> None:
    address = f"/api/v1/documents/{archive['id']}/members?after=papers.zip/a.md"
    told = cast.zhou.client.get(address).json()
    assert [one["name"] for one in told["documents"]] == ["papers.zip/b.pdf"]


def test_the_batch_of_the_upload_tells_of_them_too(cast: Cast, archive: dict[str, Any]) -> None:
    told = cast.zhou.client.get(f"/api/v1/batches/{archive['batch']}").json()
    assert (told["total"], told["states"]["succeeded"], told["states"]["failed"]) == (3, 2, 1)
    assert [reason["code"] for reason in told["reasons"]] == ["encrypted_file"]


@pytest.mark.parametrize(("wish", "left"), [("", 0), ("?members=remove", 0), ("?members=keep", 2)])
def test_an_archive_goes_with_its_members_or_without(
    cast: Cast, archive: dict[str, Any], wish: str, left: int
) -> None:
    response = cast.zhou.client.delete(f"/api/v1/documents/{archive['id']}{wish}")
    assert response.status_code == 204
    with tenancy.scope(cast.hemu.pk):
        assert Document.objects.filter(deleted_at=None).count() == left


def test_a_wish_that_is_none_changes_nothing(cast: Cast, archive: dict[str, Any]) -> None:
    before = state_of(cast.hemu)
    response = cast.zhou.client.delete(f"/api/v1/documents/{archive['id']}?members=perhaps")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")
    assert state_of(cast.hemu) == before


def test_a_passage_of_a_member_leads_to_its_archive(cast: Cast, archive: dict[str, Any]) -> None:
    with tenancy.scope(cast.hemu.pk):
        document = Document.objects.get(name="papers.zip/a.md")
        passage = document.passage_set.get()
    told = cast.mei.client.get(f"/api/v1/passages/{passage.pk}").json()
    assert told["origin"]["document"] == {"id": archive["id"], "name": "papers.zip"}
    page = cast.mei.client.get(f"/passages/{passage.pk}/").content.decode()
    assert "papers.zip" in page


def test_the_console_shows_them_and_tries_all_that_failed_again(
    cast: Cast, archive: dict[str, Any], work_off: WorkOff
) -> None:
    address = f"/console/knowledge/document/{archive['id']}/change/"
    page = cast.lin.client.get(address).content.decode()
    assert "2 files inside" in page
    assert "encrypted_file" in page
    assert "Uploaded by the API" in page
    cast.lin.client.post(address, {"retry_inside": ""})
    with tenancy.scope(cast.hemu.pk):
        states = Document.objects.order_by("name").values_list("name", "job__state")
        assert list(states) == [
            ("papers.zip", "succeeded"),
            ("papers.zip/a.md", "succeeded"),
            ("papers.zip/b.pdf", "queued"),
        ]


@pytest.mark.parametrize(("button", "left"), [("remove", 0), ("remove_alone", 2)])
def test_the_console_asks_what_becomes_of_them(
    cast: Cast, archive: dict[str, Any], button: str, left: int
) -> None:
    address = f"/console/knowledge/document/{archive['id']}/change/"
    page = cast.lin.client.get(address).content.decode()
    assert f'name="{button}"' in page
    cast.lin.client.post(address, {button: ""})
    with tenancy.scope(cast.hemu.pk):
        assert Document.objects.filter(deleted_at=None).count() == left


def test_who_may_not_remove_has_no_such_button_and_removes_nothing(
    cast: Cast, archive: dict[str, Any]
) -> None:
    address = f"/console/knowledge/document/{archive['id']}/change/"
    assert 'name="remove_alone"' not in cast.ann.client.get(address).content.decode()
    before = state_of(cast.hemu)
    cast.ann.client.post(address, {"remove": ""})
    cast.ann.client.post(address, {"retry_inside": ""})
    assert state_of(cast.hemu) == before
