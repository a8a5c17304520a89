"""Upload, read the reason, try again, cancel, remove: through the pages of the console."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from sunmao.core import tenancy
from sunmao.jobs.models import JobState
from sunmao.knowledge.models import Document, KnowledgeBase
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of
from tests.fixtures.files import RETURNS

LIST = "/console/knowledge/document/"
BINARY = bytes(range(256)) * 40


def _base(cast: Cast) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug="customer-service")


def _upload(client: Client, base: KnowledgeBase, *files: tuple[str, bytes], **more: Any) -> Any:
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(f"{LIST}add/", {"base": str(base.pk), "uploads": uploads}, follow=True, **more)


def _document(cast: Cast, name: str) -> Document:
    with tenancy.scope(cast.hemu.pk):
        return Document.objects.select_related("job", "current").get(name=name, deleted_at=None)


def _act(client: Client, document: Document, action: str) -> Any:
    return client.post(LIST, {"action": action, "_selected_action": [str(document.pk)]}, follow=True)


def test_several_files_are_uploaded_at_once(cast: Cast, work_off: WorkOff) -> None:
    response = _upload(cast.zhou.client, _base(cast), ("a.md", RETURNS.encode()), ("photo.md", BINARY))
    assert response.redirect_chain == [(LIST, 302)]
    assert "a.md was received and is being read." in response.content.decode()
    work_off(cast.zhou.actor)
    page = cast.zhou.client.get(LIST).content.decode()
    assert "The file holds binary data, not text." in page
    assert "binary_file" in page
    assert [_document(cast, name).state for name in ("a.md", "photo.md")] == [
        JobState.SUCCEEDED,
        JobState.FAILED,
    ]
    assert verbs_of(cast.hemu).count("document.received") == 2


def test_a_refused_file_is_a_message_and_the_others_are_kept(cast: Cast) -> None:
    response = _upload(cast.zhou.client, _base(cast), ("empty.md", b""), ("a.md", RETURNS.encode()))
    page = response.content.decode()
    assert "empty.md The file is empty. Nothing was saved." in page
    with tenancy.scope(cast.hemu.pk):
        assert list(Document.objects.values_list("name", flat=True)) == ["a.md"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_reason_is_on_the_page_of_the_document(cast: Cast, ingest: Ingest, language: str) -> None:
    document = ingest(cast.zhou.actor, "photo.md", BINARY)
    page = cast.zhou.client.get(f"{LIST}{document.pk}/change/", headers={"accept-language": language})
    with translation.override(language):
        reason = gettext("The file holds binary data, not text. Export it as text, Markdown, Word or PDF.")
    assert reason in page.content.decode()


def test_a_failed_document_is_tried_again(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "photo.md", BINARY)
    page = _act(cast.zhou.client, document, "try_again").content.decode()
    assert "photo.md is being read again." in page
    assert _document(cast, "photo.md").state == JobState.QUEUED
    assert verbs_of(cast.hemu)[-1] == "job.retried"


def test_a_waiting_document_is_cancelled_at_once(cast: Cast, work_off: WorkOff) -> None:
    _upload(cast.zhou.client, _base(cast), ("a.md", RETURNS.encode()))
    page = _act(cast.zhou.client, _document(cast, "a.md"), "cancel").content.decode()
    assert "a.md was cancelled." in page
    work_off(cast.zhou.actor)
    assert _document(cast, "a.md").state == JobState.CANCELLED
    again = _act(cast.zhou.client, _document(cast, "a.md"), "cancel").content.decode()
    assert "This job has already ended." in again
    assert verbs_of(cast.hemu).count("job.cancelled") == 1


@pytest.mark.parametrize(
    ("case", "button", "state"),
    [("try again", "try_again", JobState.QUEUED), ("cancel", "cancel", JobState.CANCELLED)],
)
def test_the_buttons_on_the_page_of_a_document_work(
    cast: Cast, ingest: Ingest, case: str, button: str, state: JobState
) -> None:
    if case == "cancel":
        _upload(cast.zhou.client, _base(cast), ("photo.md", BINARY))
        document = _document(cast, "photo.md")
    else:
        document = ingest(cast.zhou.actor, "photo.md", BINARY)
    address = f"{LIST}{document.pk}/change/"
    assert f'name="{button}"' in cast.zhou.client.get(address).content.decode()
    assert f'name="{button}"' not in cast.ann.client.get(address).content.decode()
    before = state_of(cast.hemu)
    cast.ann.client.post(address, {button: "1"})
    assert state_of(cast.hemu) == before
    response = cast.zhou.client.post(address, {button: "1"})
    assert (response.status_code, response.headers["Location"]) == (302, address)
    assert _document(cast, "photo.md").state == state


def test_a_document_that_is_ready_has_no_buttons(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    page = cast.zhou.client.get(f"{LIST}{document.pk}/change/").content.decode()
    assert 'name="try_again"' not in page
    assert 'name="cancel"' not in page


def test_a_document_is_removed(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "returns.md", RETURNS)
    assert "returns.md was removed." in _act(cast.zhou.client, document, "remove").content.decode()
    assert "returns.md" not in cast.zhou.client.get(LIST).content.decode()
    assert verbs_of(cast.hemu)[-1] == "document.deleted"


@pytest.mark.parametrize("action", ["try_again", "cancel", "remove"])
def test_an_auditor_only_reads(cast: Cast, ingest: Ingest, action: str) -> None:
    document = ingest(cast.zhou.actor, "photo.md", BINARY)
    before = state_of(cast.hemu)
    assert "photo.md" in cast.ann.client.get(LIST).content.decode()
    page = _act(cast.ann.client, document, action).content.decode()
    assert "You are not allowed to do this." in page
    assert state_of(cast.hemu) == before


def test_an_auditor_uploads_nothing(cast: Cast) -> None:
    before = state_of(cast.hemu)
    assert cast.ann.client.get(f"{LIST}add/").status_code == 403
    response = _upload(cast.ann.client, _base(cast), ("a.md", RETURNS.encode()))
    assert response.status_code == 403
    assert state_of(cast.hemu) == before


def test_a_foreign_base_cannot_be_chosen(cast: Cast) -> None:
    with tenancy.scope(cast.qinghe.pk):
        foreign = KnowledgeBase.objects.get()
    hemu, qinghe = state_of(cast.hemu), state_of(cast.qinghe)
    response = _upload(cast.zhou.client, foreign, ("a.md", RETURNS.encode()))
    assert response.status_code == 200
    assert "base" in response.context["form"].errors
    assert (state_of(cast.hemu), state_of(cast.qinghe)) == (hemu, qinghe)


def _full(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_on_a_page(cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", _full)
    client = Client(
        enforce_csrf_checks=True, raise_request_exception=False, headers={"accept-language": "en"}
    )
    client.force_login(cast.zhou.user)
    client.get("/")
    before = state_of(cast.hemu)
    token = client.cookies["csrftoken"].value
    response = _upload(client, _base(cast), ("a.md", RETURNS.encode()), headers={"x-csrftoken": token})
    assert response.status_code == 507
    assert "There is no room to keep this file." in response.content.decode()
    assert state_of(cast.hemu) == before


def test_a_base_is_made_and_not_changed_by_forms(cast: Cast) -> None:
    made = {"slug": "handbook", "name": "Handbook", "audience": "staff"}
    response = cast.zhou.client.post("/console/knowledge/knowledgebase/add/", made)
    assert response.status_code == 302
    with tenancy.scope(cast.hemu.pk):
        base = KnowledgeBase.objects.get(slug="handbook")
    assert (base.name, base.audience) == ("Handbook", "staff")
    assert verbs_of(cast.hemu)[-1] == "base.created"
    before = state_of(cast.hemu)
    address = reverse("admin:knowledge_knowledgebase_change", args=[base.pk])
    assert cast.zhou.client.post(address, {**made, "name": "Changed"}).status_code == 403
    assert state_of(cast.hemu) == before
