"""Uploading, listing, reading the reason, trying again, cancelling and removing by REST."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from sunmao.core import tenancy
from sunmao.knowledge.models import Document
from tests.fixtures import Cast, Ingest, WorkOff, files_of, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER, RETURNS_ZH

ADDRESS = "/api/v1/bases/customer-service/documents"


def _upload(client: Client, *files: tuple[str, bytes]) -> Any:
    return client.post(ADDRESS, {"file": [SimpleUploadedFile(name, data) for name, data in files]})


def test_a_file_is_received_read_and_listed(cast: Cast, work_off: WorkOff) -> None:
    response = _upload(cast.zhou.client, ("returns.md", RETURNS.encode()))
    assert response.status_code == 202
    (received,) = response.json()["documents"]
    assert (received["name"], received["state"], received["outcome"]) == ("returns.md", "queued", "new")
    assert received["revision"] is None
    work_off(cast.zhou.actor)
    listed = cast.zhou.client.get(ADDRESS).json()
    assert listed["more"] is False
    (shown,) = listed["documents"]
    assert (shown["id"], shown["state"], shown["title"]) == (received["id"], "succeeded", "Returns")
    assert (shown["revision"], shown["units"], shown["encoding"]) == (1, {"section": 2}, "utf-8")
    assert shown["job"]["progress"] == {"done": 2, "total": 2, "percent": 100}
    assert cast.zhou.client.get(f"/api/v1/documents/{shown['id']}").json() == shown


def test_the_same_file_again_is_unchanged_and_another_content_a_change(cast: Cast, work_off: WorkOff) -> None:
    outcomes = []
    for content in (RETURNS, RETURNS, RETURNS_LATER):
        response = _upload(cast.zhou.client, ("returns.md", content.encode()))
        outcomes.append(response.json()["documents"][0]["outcome"])
        work_off(cast.zhou.actor)
    assert outcomes == ["new", "unchanged", "changed"]


def test_several_files_go_in_one_request(cast: Cast) -> None:
    response = _upload(cast.zhou.client, ("a.md", b"one"), ("b.md", b"two"))
    assert [document["name"] for document in response.json()["documents"]] == ["a.md", "b.md"]


def test_of_several_files_each_has_its_own_outcome(cast: Cast) -> None:
    response = _upload(cast.zhou.client, ("a.md", b"one"), ("empty.md", b""), ("c.md", b"three"))
    assert response.status_code == 202
    told = response.json()["documents"]
    assert [(one["name"], one["outcome"]) for one in told] == [
        ("a.md", "new"),
        ("empty.md", "refused"),
        ("c.md", "new"),
    ]
    assert told[1]["error"]["code"] == "empty_file"
    with tenancy.scope(cast.hemu.pk):
        assert sorted(Document.objects.values_list("name", flat=True)) == ["a.md", "c.md"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_reason_of_a_failure_is_told_in_the_callers_language(
    cast: Cast, work_off: WorkOff, language: str
) -> None:
    document_id = _upload(cast.zhou.client, ("photo.md", bytes(range(256)) * 40)).json()["documents"][0]["id"]
    work_off(cast.zhou.actor)
    address = f"/api/v1/documents/{document_id}"
    shown = cast.zhou.client.get(address, headers={"accept-language": language}).json()
    with translation.override(language):
        reason = gettext("The file holds binary data, not text. Export it as text, Markdown, Word or PDF.")
    assert shown["state"] == "failed"
    assert shown["job"]["error"] == {"code": "binary_file", "message": reason}


def test_a_gbk_file_is_read_right(cast: Cast, work_off: WorkOff) -> None:
    _upload(cast.zhou.client, ("退货.txt", RETURNS_ZH.encode("gbk")))
    work_off(cast.zhou.actor)
    (shown,) = cast.zhou.client.get(ADDRESS).json()["documents"]
    assert (shown["name"], shown["state"], shown["encoding"]) == ("退货.txt", "succeeded", "gb18030")


@pytest.mark.parametrize(
    ("case", "name", "data", "status", "code"),
    [
        ("an empty file", "empty.md", b"", 422, "empty_file"),
        ("more than the limit", "large.md", b"a" * 1001, 413, "file_too_large"),
        ("a name of dots", "...", b"text", 400, "invalid_file_name"),
    ],
)
def test_what_is_refused_leaves_nothing(
    cast: Cast, settings: Any, case: str, name: str, data: bytes, status: int, code: str
) -> None:
    settings.SUNMAO_MAX_UPLOAD = 1000
    before = state_of(cast.hemu)
    raw = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--x--\r\n' % (
        name.encode(),
        data,
    )
    response = cast.zhou.client.post(ADDRESS, raw, content_type="multipart/form-data; boundary=x")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert state_of(cast.hemu) == before


def test_no_file_at_all_is_told(cast: Cast) -> None:
    for body, content_type in (("{}", "application/json"), (b"--x--\r\n", "multipart/form-data; boundary=x")):
        response = cast.zhou.client.post(ADDRESS, body, content_type=content_type)
        assert (response.status_code, response.json()["code"]) == (400, "no_file")
        assert list(response.json()["fields"]) == ["file"]


def test_a_path_in_the_name_is_only_a_name(cast: Cast) -> None:
    raw = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../etc/passwd"\r\n\r\nroot\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="C:\\x\\y.md"\r\n\r\ntext\r\n--x--\r\n'
    )
    response = cast.zhou.client.post(ADDRESS, raw, content_type="multipart/form-data; boundary=x")
    assert [document["name"] for document in response.json()["documents"]] == ["passwd", "y.md"]
    assert all(len(name) == 64 for name in files_of(cast.hemu))


def _full(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "strict", [False, True], ids=["while the view reads", "while the token is looked for"]
)
def test_a_disk_that_is_full_before_we_see_the_file_is_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, strict: bool
) -> None:
    """A large upload is first written to a temporary file, by Django."""
    client = Client(enforce_csrf_checks=strict, raise_request_exception=False)
    client.force_login(cast.zhou.user)
    client.get("/")
    token = {"x-csrftoken": client.cookies["csrftoken"].value}
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", _full)
    before = state_of(cast.hemu)
    upload = {"file": SimpleUploadedFile("returns.md", RETURNS.encode())}
    response = client.post(ADDRESS, upload, headers=token)
    assert (response.status_code, response.json()["code"]) == (507, "storage_full")
    assert state_of(cast.hemu) == before


def test_a_job_is_cancelled_and_tried_again_at_once(cast: Cast, work_off: WorkOff) -> None:
    job = _upload(cast.zhou.client, ("returns.md", RETURNS.encode())).json()["documents"][0]["job"]["id"]
    cancelled = cast.zhou.client.post(f"/api/v1/jobs/{job}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    again = cast.zhou.client.post(f"/api/v1/jobs/{job}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "job_ended")
    work_off(cast.zhou.actor)
    assert cast.zhou.client.get(f"/api/v1/jobs/{job}").json()["state"] == "cancelled"
    retried = cast.zhou.client.post(f"/api/v1/jobs/{job}/retry")
    assert (retried.status_code, retried.json()["state"]) == (200, "queued")
    work_off(cast.zhou.actor)
    assert cast.zhou.client.get(f"/api/v1/jobs/{job}").json()["state"] == "succeeded"
    refused = cast.zhou.client.post(f"/api/v1/jobs/{job}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_failed")
    assert verbs_of(cast.hemu, subject=job) == ["job.cancelled", "job.retried"]


def test_a_removed_document_is_gone(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    address = f"/api/v1/documents/{document.pk}"
    passages = cast.zhou.client.get(address).json()["units"]
    assert passages == {"section": 2}
    assert cast.zhou.client.delete(address).status_code == 204
    for response in (cast.zhou.client.get(address), cast.zhou.client.delete(address)):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert cast.zhou.client.get(ADDRESS).json()["documents"] == []


def test_the_list_goes_on_before_a_time(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    created = cast.zhou.client.get(ADDRESS).json()["documents"][0]["created_at"]
    at = f"{ADDRESS}?before={quote(created)}"
    assert cast.zhou.client.get(at).json()["documents"] == []
    with tenancy.scope(cast.hemu.pk):
        Document.objects.filter(pk=document.pk).update(created_at=document.created_at - timedelta(seconds=1))
    assert len(cast.zhou.client.get(at).json()["documents"]) == 1


def test_a_time_of_a_zone_far_away_is_one_too(cast: Cast) -> None:
    """Farther than the database would take it."""
    assert cast.zhou.client.get(f"{ADDRESS}?before=2026-01-01T00:00:00%2B21:38").status_code == 200


@pytest.mark.parametrize(
    "before",
    ["", "yesterday", "2026-13-45T00:00:00Z", "2026-01-01T00:00:00", "%00", "0001-01-01T00:00:00%2B23:00"],
)
def test_what_is_no_time_is_told(cast: Cast, before: str) -> None:
    response = cast.zhou.client.get(f"{ADDRESS}?before={before}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")
    assert list(response.json()["fields"]) == ["before"]


@pytest.mark.parametrize(
    ("case", "body", "field"),
    [
        ("no name", "{}", "slug"),
        ("a space", '{"slug": "two words"}', "slug"),
        ("a path", '{"slug": "../x"}', "slug"),
        ("too long", '{"slug": "%s"}' % ("a" * 51), "slug"),
        ("a long title", '{"slug": "a", "name": "%s"}' % ("a" * 201), "name"),
    ],
)
def test_a_base_needs_a_usable_name(cast: Cast, case: str, body: str, field: str) -> None:
    before = state_of(cast.hemu)
    response = cast.zhou.client.post("/api/v1/bases", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_base_name")
    assert list(response.json()["fields"]) == [field]
    assert state_of(cast.hemu) == before


@pytest.mark.parametrize(
    ("case", "body", "fields"),
    [
        ("a list", "[]", []),
        ("half a character", '{"slug": "\\ud800"}', ["slug"]),
        ("a NUL", '{"slug": "a", "name": "\\u0000"}', ["name"]),
        ("two numbers", '{"slug": 1, "name": 2}', ["slug", "name"]),
    ],
)
def test_a_body_without_text_is_told_field_by_field(
    cast: Cast, case: str, body: str, fields: list[str]
) -> None:
    before = state_of(cast.hemu)
    response = cast.zhou.client.post("/api/v1/bases", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")
    assert list(response.json().get("fields", {})) == fields
    assert state_of(cast.hemu) == before


def test_a_base_may_be_called_in_chinese(cast: Cast) -> None:
    response = cast.zhou.client.post(
        "/api/v1/bases", '{"slug": "员工手册", "name": "员工手册（内部）"}', content_type="application/json"
    )
    assert response.status_code == 201
    assert response.json()["passages"] == 0
    address = f"/api/v1/bases/{quote('员工手册')}/documents"
    assert cast.zhou.client.get(address).json() == {"documents": [], "more": False}
