"""A picture that a policy has blurred is kept blurred only: its original does not outlive the reading."""

from __future__ import annotations

import hashlib

import pytest

from sunmao.core import files, tenancy
from sunmao.guards.images.protecting import ProtectedImage
from sunmao.guards.personal import services as personal
from sunmao.jobs.lease import Lease, LostLease
from sunmao.knowledge import privacy
from sunmao.knowledge.models import Document, Revision
from sunmao.knowledge.text.parsing import Parsed
from tests.fixtures import Cast, Ingest
from tests.sunmao.guards.personal.test_pictures_show_no_faces_and_numbers import _picture, needs_words

ORIGINAL = b"\x89PNG\r\n\x1a\n with a face"
BLURRED = b"\x89PNG\r\n\x1a\n without one"
NAMES = [hashlib.sha256(data).hexdigest() for data in (ORIGINAL, BLURRED)]


@pytest.fixture
def policy(cast: Cast) -> None:
    personal.set_policy(
        actor=cast.lin.actor,
        scope_kind="base",
        scope="customer-service",
        place="knowledge",
        modes={},
        images="blur",
    )


@pytest.fixture
def blurring(policy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds faces and reads words is another test's subject."""

    def protect(data: bytes, mode: str, *, words: str) -> ProtectedImage:
        return ProtectedImage(BLURRED) if mode == "blur" else ProtectedImage(data)

    monkeypatch.setattr(privacy, "protect_confined", protect)
    monkeypatch.setattr(
        "sunmao.knowledge.ingestion.parse_safely",
        lambda *, name, data, **_more: Parsed("A chair in a room.", name, "image/png"),
    )


def _kept(cast: Cast) -> list[str]:
    return [name for name in files.stored(cast.hemu.pk) if name in NAMES]


def test_only_the_blurred_one_is_left(cast: Cast, ingest: Ingest, blurring: None) -> None:
    document = ingest(cast.zhou.actor, "chair.png", ORIGINAL)
    assert document.state == "succeeded"
    assert document.current is not None
    assert document.current.sha256 == NAMES[1]
    assert document.current.size == len(BLURRED)
    assert _kept(cast) == [NAMES[1]]
    assert files.read(organisation_id=cast.hemu.pk, sha256=NAMES[1]) == BLURRED


def test_another_document_that_is_kept_in_the_original_keeps_it(
    cast: Cast, ingest: Ingest, blurring: None
) -> None:
    ingest(cast.zhou.actor, "chair.png", ORIGINAL, base="open")
    assert _kept(cast) == [NAMES[0]]
    ingest(cast.zhou.actor, "chair.png", ORIGINAL)
    assert sorted(_kept(cast)) == sorted(NAMES)
    with tenancy.scope(cast.hemu.pk):
        found = Revision.objects.filter(sha256__in=NAMES).values_list("document__base__slug", "sha256")
        assert sorted(found) == [("customer-service", NAMES[1]), ("open", NAMES[0])]


def test_a_picture_that_needed_no_blurring_stays_as_it_came(
    cast: Cast, ingest: Ingest, blurring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "protect_confined", lambda data, mode, words: ProtectedImage(data))
    ingest(cast.zhou.actor, "chair.png", ORIGINAL)
    assert _kept(cast) == [NAMES[0]]


def test_a_worker_that_lost_its_lease_removes_nothing(
    cast: Cast, ingest: Ingest, blurring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer upload took its place meanwhile: the original may be what that one is read from."""

    def lost(self: Lease) -> None:
        raise LostLease

    monkeypatch.setattr(Lease, "confirm", lost)
    ingest(cast.zhou.actor, "chair.png", ORIGINAL)
    assert NAMES[0] in _kept(cast)
    with tenancy.scope(cast.hemu.pk):
        assert Document.objects.get(name="chair.png").current is None


@needs_words
def test_a_number_in_a_picture_is_on_no_disk_any_more(cast: Cast, ingest: Ingest, policy: None) -> None:
    data = _picture("Mobile 13812345678", "Sofa in oak")
    document = ingest(cast.zhou.actor, "sofa.png", data)
    assert document.current is not None
    assert "13812345678" not in document.current.text
    assert "Sofa in oak" in document.current.text
    assert list(files.stored(cast.hemu.pk)) == [document.current.sha256]
    assert document.current.sha256 != hashlib.sha256(data).hexdigest()
