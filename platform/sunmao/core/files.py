"""Content-addressed files: a file's name is the SHA-256 of its content, so no user's path touches disk.

The content is encrypted (`core.crypto.chunks`) when SUNMAO_ENCRYPT_FILES is on; its name stays that of the
plain content. Plain files of before are read as they are, and `renew` encrypts them.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import tempfile
import time
import uuid
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto import chunks as sealing
from sunmao.core.crypto.keyring import SealedDataUnreadable, ring
from sunmao.core.errors import StorageFull, TooLong, UnreadableFile

INCOMING = "incoming-"
PLAIN_CHUNK = 256 * 1024
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredFile:
    sha256: str
    size: int


def folder_of(organisation_id: uuid.UUID) -> Path:
    root: Path = settings.SUNMAO_FILES
    return root / str(organisation_id)


def path_of(*, organisation_id: uuid.UUID, sha256: str) -> Path:
    return folder_of(organisation_id) / sha256[:2] / sha256


def store(*, organisation_id: uuid.UUID, chunks: Iterable[bytes], limit: int) -> StoredFile:
    """Write the content once: to a temporary file, fsync, rename. Nothing is left behind on failure.

    Raises `StorageFull` when the disk is full, `TooLong` above `limit` bytes, `UnreadableFile` for none.
    """
    content = _Measured(chunks, limit)
    with _incoming(organisation_id) as (temporary, descriptor):
        _write_all(descriptor, content, organisation_id)
        if not content.size:
            raise UnreadableFile(_("The file is empty. Nothing was saved."), code="empty_file")
        stored = StoredFile(sha256=content.digest.hexdigest(), size=content.size)
        _keep(temporary, organisation_id, stored.sha256)
    return stored


def read(*, organisation_id: uuid.UUID, sha256: str) -> bytes:
    return b"".join(stream(organisation_id=organisation_id, sha256=sha256))


def stream(*, organisation_id: uuid.UUID, sha256: str) -> Iterator[bytes]:
    """The plain content in pieces; raises at the end when it is not what the name says."""
    digest = hashlib.sha256()
    with path_of(organisation_id=organisation_id, sha256=sha256).open("rb") as file:
        for chunk in _plain(file, organisation_id, sha256):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != sha256:
        raise UnreadableFile(
            _("The stored file was changed or damaged. Upload it again."), code="file_changed"
        )


def stored(organisation_id: uuid.UUID) -> Iterator[str]:
    """The names of all files of an organisation, in order."""
    for path in sorted(folder_of(organisation_id).glob("??/*")):
        if _NAME.fullmatch(path.name):
            yield path.name


def key_of(*, organisation_id: uuid.UUID, sha256: str) -> str | None:
    """The id of the key that a file is encrypted with; None for a plain one."""
    with path_of(organisation_id=organisation_id, sha256=sha256).open("rb") as file:
        return sealing.key_id_of(file)


def renew(*, organisation_id: uuid.UUID, sha256: str) -> bool:
    """Encrypt a file with the current key, unless it is already; who reads it meanwhile notices nothing."""
    wanted = ring().current.id if settings.SUNMAO_ENCRYPT_FILES else None
    if key_of(organisation_id=organisation_id, sha256=sha256) == wanted:
        return False
    content = stream(organisation_id=organisation_id, sha256=sha256)
    with _incoming(organisation_id) as (temporary, descriptor):
        _write_all(descriptor, content, organisation_id)
        _keep(temporary, organisation_id, sha256)
    return True


def remove(*, organisation_id: uuid.UUID, sha256: str, unless_touched_since: float) -> bool:
    """Remove a file that no row names, unless somebody has stored the same content meanwhile."""
    return _remove_old(path_of(organisation_id=organisation_id, sha256=sha256), unless_touched_since)


def sweep(*, organisation_id: uuid.UUID, named: Container[str], older_than: float) -> list[str]:
    """Remove what no row names and nobody has touched for `older_than` seconds; returns the names.

    Storing the same content anew makes the file young, and it cannot happen between look and removal.
    """
    removed, oldest = [], time.time() - older_than
    folder = folder_of(organisation_id)
    for path in [*folder.glob("??/*"), *folder.glob(f"{INCOMING}*")]:
        if path.name not in named and _remove_old(path, oldest):
            removed.append(path.name)
    return removed


def _remove_old(path: Path, oldest: float) -> bool:
    folder = path.parent if path.name.startswith(INCOMING) else path.parent.parent
    with _lock(folder, fcntl.LOCK_EX):
        if not path.exists() or path.stat().st_mtime >= oldest:
            return False
        path.unlink()
        return True


def is_full_disk(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


class _Measured:
    """Chunks on their way to the disk: counted, hashed and held to the limit."""

    def __init__(self, chunks: Iterable[bytes], limit: int) -> None:
        self.digest, self.size = hashlib.sha256(), 0
        self._chunks, self._limit = chunks, limit

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > self._limit:
                raise TooLong(code="file_too_large")
            self.digest.update(chunk)
            yield chunk


def _plain(file: BinaryIO, organisation_id: uuid.UUID, sha256: str) -> Iterator[bytes]:
    if file.read(len(sealing.MAGIC)) == sealing.MAGIC:
        file.seek(0)
        try:
            yield from sealing.opened(file, organisation_id=organisation_id)
        except SealedDataUnreadable:
            # A plain upload may begin like an encrypted file; then its name is the hash of what lies here.
            file.seek(0)
            if _digest(file) != sha256:
                raise
        else:
            return
    file.seek(0)
    yield from _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(PLAIN_CHUNK):
        yield chunk


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for chunk in _pieces(file):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _incoming(organisation_id: uuid.UUID) -> Iterator[tuple[Path, int]]:
    folder = folder_of(organisation_id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=INCOMING, delete=False) as file:
            temporary = Path(file.name)
            try:
                yield temporary, file.fileno()
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        if is_full_disk(error):
            raise StorageFull from error
        raise


def _write_all(descriptor: int, chunks: Iterable[bytes], organisation_id: uuid.UUID) -> None:
    if settings.SUNMAO_ENCRYPT_FILES:
        chunks = sealing.sealed(chunks, organisation_id=organisation_id)
    for chunk in chunks:
        _write(descriptor, chunk)
    os.fsync(descriptor)


def _write(descriptor: int, chunk: bytes) -> None:
    """All of it: on a disk that is nearly full the system writes a part, and only the number says so."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _keep(temporary: Path, organisation_id: uuid.UUID, sha256: str) -> None:
    target = path_of(organisation_id=organisation_id, sha256=sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder_of(organisation_id), fcntl.LOCK_SH):
        os.replace(temporary, target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _lock(folder: Path, kind: int) -> Iterator[None]:
    """Those who put files in share it; whoever removes them has it alone."""
    folder.mkdir(parents=True, exist_ok=True)
    directory = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(directory, kind)
        yield
    finally:
        os.close(directory)
