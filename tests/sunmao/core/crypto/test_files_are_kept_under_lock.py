"""Stored files are opaque on disk, whole or refused, and readable whenever their key is in the ring."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest

from sunmao.core import files
from sunmao.core.crypto import chunks
from sunmao.core.crypto.keyring import Key, SealedDataUnreadable
from sunmao.core.errors import UnreadableFile
from sunmao.core.ids import new_id

HEMU, QINGHE = new_id(), new_id()
LIMIT = 10_000_000
OLD, NEW = Key("old", bytes(32)), Key("new", bytes([1]) * 32)
CONTENT = "患者王小明，身份证号 11010519491231002X。".encode() * 8_000  # six chunks and a half
PIECE = chunks.CHUNK + chunks.TAG


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SUNMAO_FILES = tmp_path
    settings.SUNMAO_ENCRYPTION_KEYS = OLD.line()
    return tmp_path


def _store(content: bytes = CONTENT) -> Path:
    stored = files.store(organisation_id=HEMU, chunks=[content[:700], content[700:]], limit=LIMIT)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    return files.path_of(organisation_id=HEMU, sha256=stored.sha256)


def _read(path: Path) -> bytes:
    return files.read(organisation_id=HEMU, sha256=path.name)


@pytest.mark.parametrize("size", [1, chunks.CHUNK - 1, chunks.CHUNK, chunks.CHUNK + 1, 3 * chunks.CHUNK])
def test_content_of_every_length_comes_back(size: int) -> None:
    content = os.urandom(size)

    path = _store(content)

    assert _read(path) == content
    pieces = -(-size // chunks.CHUNK)
    assert (
        path.stat().st_size == len(chunks.MAGIC) + 1 + len("old") + chunks.SALT + size + pieces * chunks.TAG
    )


def test_nothing_of_the_content_is_on_the_disk(folder: Path) -> None:
    path = _store()

    assert b"11010519491231002X" not in path.read_bytes()
    assert [one.name for one in folder.rglob("*") if one.is_file()] == [path.name]


def _head(data: bytes) -> int:
    return len(data) - len(CONTENT) - -(-len(CONTENT) // chunks.CHUNK) * chunks.TAG


@pytest.mark.parametrize(
    ("_case", "harm"),
    [
        ("a bit was turned over", lambda data, head: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]),
        ("the last chunk is missing", lambda data, head: data[: head + 6 * PIECE]),
        ("the last chunk is cut off", lambda data, head: data[:-100]),
        ("two chunks changed places", lambda data, head: _swapped(data, head)),
        ("a chunk is there twice", lambda data, head: data[: head + PIECE] + data[head:]),
        ("only the head is left", lambda data, head: data[:head]),
        ("the head is cut off", lambda data, head: data[:20]),
        (
            "the salt is another one",
            lambda data, head: data[: head - 1] + bytes([data[head - 1] ^ 1]) + data[head:],
        ),
        ("something was added", lambda data, head: data + b"more"),
    ],
)
def test_a_file_is_refused_when(_case: str, harm: Any) -> None:
    path = _store()
    data = path.read_bytes()
    path.write_bytes(harm(data, _head(data)))

    with pytest.raises(SealedDataUnreadable):
        _read(path)


def _swapped(data: bytes, head: int) -> bytes:
    first, second = data[head : head + PIECE], data[head + PIECE : head + 2 * PIECE]
    return data[:head] + second + first + data[head + 2 * PIECE :]


def test_a_file_of_another_organisation_does_not_open() -> None:
    path = _store()
    copy = files.path_of(organisation_id=QINGHE, sha256=path.name)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path.read_bytes())

    with pytest.raises(SealedDataUnreadable):
        files.read(organisation_id=QINGHE, sha256=path.name)


def test_a_file_under_another_name_is_refused() -> None:
    path = _store()
    other = path.with_name(path.name[:2] + hashlib.sha256(b"another").hexdigest()[2:])
    path.rename(other)

    with pytest.raises(UnreadableFile) as refused:
        _read(other)

    assert refused.value.code == "file_changed"


def test_plain_files_of_before_are_read_and_encrypted_in_their_turn(settings: Any) -> None:
    settings.SUNMAO_ENCRYPT_FILES = False
    path = _store()
    assert path.read_bytes() == CONTENT
    settings.SUNMAO_ENCRYPT_FILES = True

    assert _read(path) == CONTENT
    assert files.renew(organisation_id=HEMU, sha256=path.name) is True
    assert files.key_of(organisation_id=HEMU, sha256=path.name) == "old"
    assert files.renew(organisation_id=HEMU, sha256=path.name) is False
    assert _read(path) == CONTENT


def test_a_new_key_takes_files_over_and_the_old_one_can_go(settings: Any) -> None:
    path = _store()
    settings.SUNMAO_ENCRYPTION_KEYS = f"{NEW.line()},{OLD.line()}"
    assert _read(path) == CONTENT

    assert files.renew(organisation_id=HEMU, sha256=path.name) is True

    settings.SUNMAO_ENCRYPTION_KEYS = NEW.line()
    assert _read(path) == CONTENT


def test_encryption_can_be_switched_off_again(settings: Any) -> None:
    path = _store()
    settings.SUNMAO_ENCRYPT_FILES = False

    assert files.renew(organisation_id=HEMU, sha256=path.name) is True

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content", [chunks.MAGIC, chunks.MAGIC + b"\x03old" + bytes(60), chunks.MAGIC + b"x"]
)
def test_a_plain_upload_that_looks_like_an_encrypted_file_is_read_as_it_was(
    content: bytes, settings: Any
) -> None:
    settings.SUNMAO_ENCRYPT_FILES = False
    path = _store(content)

    assert _read(path) == content


def test_what_no_row_names_goes_after_a_while(folder: Path) -> None:
    named, lost, young = _store(), _store(b"lost"), _store(b"young")
    half = folder / str(HEMU) / f"{files.INCOMING}abc"
    half.write_bytes(b"half")
    yesterday = time.time() - 86_400
    for old in (named, lost, half):
        os.utime(old, (yesterday, yesterday))

    removed = files.sweep(organisation_id=HEMU, named={named.name}, older_than=3600)

    assert sorted(removed) == sorted([lost.name, half.name])
    assert sorted(files.stored(HEMU)) == sorted([named.name, young.name])


def test_storing_a_lost_file_again_saves_it(folder: Path) -> None:
    lost = _store(b"lost")
    os.utime(lost, (0, 0))
    _store(b"lost")

    assert files.sweep(organisation_id=HEMU, named=set(), older_than=3600) == []
    assert _read(lost) == b"lost"


def test_a_file_of_unknown_key_is_refused_and_says_which(settings: Any) -> None:
    path = _store()
    settings.SUNMAO_ENCRYPTION_KEYS = "other:" + base64.b64encode(bytes([2]) * 32).decode()

    with pytest.raises(SealedDataUnreadable) as refused:
        _read(path)

    assert refused.value.fields == {"key": "old"}
