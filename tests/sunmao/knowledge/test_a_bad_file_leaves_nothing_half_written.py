"""Each bad file gets a stable code and a reason; what served before still serves."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from sunmao.core import files, tenancy
from sunmao.core.errors import EmptyInput, Forbidden, StorageFull, SunmaoError, TooLong, UnreadableFile
from sunmao.jobs import services as jobs
from sunmao.jobs.models import JobState
from sunmao.knowledge import presenting, retrieval, services
from sunmao.knowledge.models import Document, KnowledgeBase, Passage
from sunmao.knowledge.pins import pinned
from sunmao.knowledge.text.language import language_of
from tests.fixtures import Cast, Ingest, WorkOff, files_of, state_of, verbs_of
from tests.fixtures.files import RETURNS, RETURNS_LATER, RETURNS_ZH

BASE = "customer-service"


@pytest.fixture
def base(cast: Cast) -> KnowledgeBase:
    with tenancy.scope(cast.hemu.pk):
        return KnowledgeBase.objects.get(slug=BASE)


def _refused(cast: Cast, base: KnowledgeBase, *, name: str = "returns.md", chunks: Any) -> SunmaoError:
    """Receiving fails, and afterwards everything is as it was."""
    before = state_of(cast.hemu)
    with pytest.raises(SunmaoError) as caught:
        services.receive(actor=cast.zhou.actor, base=base, name=name, chunks=chunks)
    assert state_of(cast.hemu) == before
    return caught.value


# What can be seen while it is being received: nothing is kept at all.


def test_an_empty_file_is_refused(cast: Cast, base: KnowledgeBase) -> None:
    error = _refused(cast, base, chunks=[])
    assert isinstance(error, UnreadableFile)
    assert error.code == "empty_file"
    assert _refused(cast, base, chunks=[b"", b""]).code == "empty_file"


def test_a_file_over_the_limit_is_refused(cast: Cast, base: KnowledgeBase, settings: Any) -> None:
    settings.SUNMAO_MAX_UPLOAD = 1000
    error = _refused(cast, base, chunks=[b"a" * 600, b"b" * 401])
    assert isinstance(error, TooLong)
    assert error.code == "file_too_large"
    taken = services.receive(
        actor=cast.zhou.actor, base=base, name="fits.txt", chunks=[b"a" * 600, b"b" * 400]
    )
    assert taken.outcome == "new"


def test_a_name_without_a_name_is_refused(cast: Cast, base: KnowledgeBase) -> None:
    for name in ("", "/", "..", "C:\\", "\u200b\x00"):
        error = _refused(cast, base, name=name, chunks=[b"text"])
        assert isinstance(error, EmptyInput)
        assert error.code == "invalid_file_name"


def test_an_upload_that_breaks_off_is_forgotten(cast: Cast, base: KnowledgeBase) -> None:
    def broken() -> Iterator[bytes]:
        yield b"the first half"
        raise ConnectionResetError

    before = state_of(cast.hemu)
    with pytest.raises(ConnectionResetError):
        services.receive(actor=cast.zhou.actor, base=base, name="returns.md", chunks=broken())
    assert state_of(cast.hemu) == before


def test_a_disk_that_fills_up_keeps_nothing(
    cast: Cast, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the kernel does it: first a part is written, then nothing more fits."""
    really_write, left = os.write, [1500]

    def write(descriptor: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = bytes(data)[: left[0]]
        left[0] -= len(part)
        return really_write(descriptor, part)

    monkeypatch.setattr(files.os, "write", write)
    error = _refused(cast, base, chunks=[b"a" * 1000, b"b" * 1000])
    monkeypatch.undo()
    assert isinstance(error, StorageFull)
    assert (error.code, error.status) == ("storage_full", 507)
    with translation.override("en"):
        assert str(error.message).startswith("There is no room to keep this file. Nothing was saved;")
    taken = services.receive(actor=cast.zhou.actor, base=base, name="returns.md", chunks=[b"a" * 2000])
    assert taken.outcome == "new"


def test_a_write_that_takes_a_part_is_continued(
    cast: Cast, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_write = os.write
    monkeypatch.setattr(
        files.os, "write", lambda descriptor, data: really_write(descriptor, bytes(data)[:700])
    )
    received = services.receive(
        actor=cast.zhou.actor, base=base, name="long.txt", chunks=[b"0123456789" * 100, b"the end"]
    )
    monkeypatch.undo()
    with tenancy.scope(cast.hemu.pk):
        revision = received.document.revisions.get()
    kept = files.read(organisation_id=cast.hemu.pk, sha256=revision.sha256)
    assert kept == b"0123456789" * 100 + b"the end"


@pytest.mark.parametrize("name", ["mei", "ann"])
def test_who_may_not_upload_leaves_nothing(cast: Cast, base: KnowledgeBase, name: str) -> None:
    before = state_of(cast.hemu)
    with pytest.raises(Forbidden):
        services.receive(actor=getattr(cast, name).actor, base=base, name="a.md", chunks=[b"text"])
    assert state_of(cast.hemu) == before


# What only reading can see: the document says why, in both languages.

BAD = [
    ("only white space", "blank.txt", b" \n\t \n", "empty_file"),
    ("binary data under a text name", "photo.md", bytes(range(256)) * 40, "binary_file"),
    ("cut in the middle of a character", "cut.txt", RETURNS_ZH.strip().encode()[:-1], "truncated_file"),
    ("an ending that nobody reads", "photo.heic", b"\x00\x00\x00\x18ftypheic", "unsupported_file_type"),
    ("a Word document that is none", "letter.docx", b"Dear Sir or Madam", "corrupt_file"),
    ("a PDF that was cut off", "law.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type", "truncated_file"),
]


@pytest.mark.parametrize(("case", "name", "data", "code"), BAD, ids=[case[0] for case in BAD])
def test_a_file_that_cannot_be_read_says_why(
    cast: Cast, ingest: Ingest, case: str, name: str, data: bytes, code: str
) -> None:
    entries = len(verbs_of(cast.hemu))
    document = ingest(cast.zhou.actor, name, data)
    assert document.state == JobState.FAILED
    assert document.current is None
    assert document.job is not None
    assert document.job.attempts == 1
    for language in ("zh-hans", "en"):
        with translation.override(language):
            shown = presenting.document(document)["job"]["error"]
        assert shown["code"] == code
        assert shown["message"] == document.job.error_texts[language]
        assert language_of(shown["message"]) == language[:2]
    assert verbs_of(cast.hemu)[entries:] == ["document.received"]
    with tenancy.scope(cast.hemu.pk):
        assert Passage.objects.count() == 0
        assert KnowledgeBase.objects.get(slug=BASE).version == 0


def test_the_revision_before_still_serves(cast: Cast, ingest: Ingest) -> None:
    ingest(cast.zhou.actor, "returns.md", RETURNS)
    failed = ingest(cast.zhou.actor, "returns.md", bytes(range(256)) * 40)
    assert failed.state == JobState.FAILED
    assert failed.current is not None
    assert failed.current.number == 1
    with tenancy.scope(cast.hemu.pk):
        pins = pinned(actor=cast.mei.actor, bases={BASE: "latest"})
        hits = retrieval.retrieve(actor=cast.mei.actor, question="When is a refund paid?", bases=pins).hits
    assert hits[0].passage.label == "Refunds"
    mended = ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    assert mended.current is not None
    assert (mended.state, mended.current.number) == (JobState.SUCCEEDED, 3)


def test_a_failed_file_sent_again_is_read_again(cast: Cast, ingest: Ingest) -> None:
    first = ingest(cast.zhou.actor, "photo.md", bytes(range(256)) * 40)
    second = ingest(cast.zhou.actor, "photo.md", bytes(range(256)) * 40)
    assert first.job != second.job
    assert second.state == JobState.FAILED
    assert len(files_of(cast.hemu)) == 1


# What looks bad and is not.


def test_a_gbk_text_is_read_right(cast: Cast, ingest: Ingest) -> None:
    document = ingest(cast.zhou.actor, "退货.txt", RETURNS_ZH.encode("gbk"))
    assert document.state == JobState.SUCCEEDED
    assert document.current is not None
    assert (document.current.encoding, document.current.text) == ("gb18030", RETURNS_ZH)


@pytest.mark.parametrize(
    ("case", "sent", "kept"),
    [
        ("climbing up", "../../etc/passwd", "passwd"),
        ("from Windows", "C:\\x\\y.md", "y.md"),
        ("both kinds", "a\\..\\b/returns.md", "returns.md"),
        ("line ends and hidden marks", "re\u202eturns\n.md", "returns.md"),
        ("only a hidden file's name", ".bashrc", "bashrc"),
    ],
)
def test_only_the_last_part_of_a_name_is_a_name(
    cast: Cast, base: KnowledgeBase, case: str, sent: str, kept: str
) -> None:
    received = services.receive(actor=cast.zhou.actor, base=base, name=sent, chunks=[b"text"])
    assert received.document.name == kept
    assert files_of(cast.hemu) == ["982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"]


# A job whose file has moved on.


def test_an_old_job_cannot_bring_old_content_back(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    base_and_old = services.receive(
        actor=cast.zhou.actor,
        base=ingest(cast.zhou.actor, "other.md", RETURNS).base,
        name="returns.md",
        chunks=[RETURNS.encode()],
    )
    old_job = base_and_old.document.job
    assert old_job is not None
    newer = ingest(cast.zhou.actor, "returns.md", RETURNS_LATER)
    jobs.retry(actor=cast.zhou.actor, job=old_job)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        old_job.refresh_from_db()
        document = Document.objects.select_related("current").get(pk=newer.pk)
        assert (old_job.state, old_job.error_code) == (JobState.FAILED, "superseded")
        assert document.current is not None
        assert document.current.number == 2
        assert KnowledgeBase.objects.get(slug=BASE).passage_count == 5


def test_a_job_cannot_bring_a_deleted_document_back(
    cast: Cast, ingest: Ingest, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = ingest(cast.zhou.actor, "photo.md", bytes(range(256)) * 40)
    assert document.job is not None
    services.delete_document(actor=cast.zhou.actor, document=document)
    monkeypatch.setattr(files, "read", lambda **_: RETURNS.encode())
    jobs.retry(actor=cast.zhou.actor, job=document.job)
    work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        document.job.refresh_from_db()
        assert (document.job.state, document.job.error_code) == (JobState.FAILED, "superseded")
        assert Passage.objects.count() == 0
        assert KnowledgeBase.objects.get(slug=BASE).passage_count == 0


def test_a_lost_file_is_an_accident_that_is_retried_and_told(
    cast: Cast, base: KnowledgeBase, work_off: WorkOff
) -> None:
    received = services.receive(actor=cast.zhou.actor, base=base, name="a.md", chunks=[b"text"])
    files.path_of(organisation_id=cast.hemu.pk, sha256=files_of(cast.hemu)[0]).unlink()
    for _ in range(3):
        work_off(cast.zhou.actor)
    with tenancy.scope(cast.hemu.pk):
        document = Document.objects.select_related("job").get(pk=received.document.pk)
    assert document.job is not None
    assert (document.job.state, document.job.error_code, document.job.attempts) == (
        JobState.FAILED,
        "internal_error",
        3,
    )
