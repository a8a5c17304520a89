"""A file is kept once, whole, under the hash of its content, in the folder of its organisation."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from sunmao.core import files
from sunmao.core.errors import TooLong
from sunmao.core.ids import new_id

HEMU, QINGHE = new_id(), new_id()
CONTENT = b"A joint of oak and ash." * 100


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SUNMAO_FILES = tmp_path
    return tmp_path


def _kept(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_is_read_back_as_it_was(folder: Path) -> None:
    stored = files.store(organisation_id=HEMU, chunks=[CONTENT[:700], b"", CONTENT[700:]], limit=10_000)
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert (stored.sha256, stored.size) == (digest, len(CONTENT))
    assert files.read(organisation_id=HEMU, sha256=digest) == CONTENT
    assert _kept(folder) == [f"{HEMU}/{digest[:2]}/{digest}"]


def test_the_same_content_is_kept_once_for_each_organisation(folder: Path) -> None:
    for organisation in (HEMU, HEMU, QINGHE):
        files.store(organisation_id=organisation, chunks=[CONTENT], limit=10_000)
    assert len(_kept(folder)) == 2


def test_the_limit_itself_is_allowed(folder: Path) -> None:
    files.store(organisation_id=HEMU, chunks=[b"a" * 10], limit=10)
    with pytest.raises(TooLong):
        files.store(organisation_id=HEMU, chunks=[b"a" * 11], limit=10)
    assert len(_kept(folder)) == 1


def test_another_organisation_does_not_read_it(folder: Path) -> None:
    stored = files.store(organisation_id=HEMU, chunks=[CONTENT], limit=10_000)
    with pytest.raises(FileNotFoundError):
        files.read(organisation_id=QINGHE, sha256=stored.sha256)
