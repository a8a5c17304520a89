"""Content-addressed files: a file's name is the SHA-256 of its content, so no user's path touches disk."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import StorageFull, TooLong, UnreadableFile


@dataclass(frozen=True)
class StoredFile:
    sha256: str
    size: int


def path_of(*, organisation_id: uuid.UUID, sha256: str) -> Path:
    root: Path = settings.SUNMAO_FILES
    return root / str(organisation_id) / sha256[:2] / sha256


def store(*, organisation_id: uuid.UUID, chunks: Iterable[bytes], limit: int) -> StoredFile:
    """Write the content once: to a temporary file, fsync, rename. Nothing is left behind on failure.

    Raises `StorageFull` when the disk is full, `TooLong` above `limit` bytes, `UnreadableFile` for none.
    """
    folder: Path = settings.SUNMAO_FILES / str(organisation_id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False) as file:
            temporary = Path(file.name)
            try:
                stored = _copy(chunks, file.fileno(), limit)
                return _keep(temporary, organisation_id, stored)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        if is_full_disk(error):
            raise StorageFull from error
        raise


def is_full_disk(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


def _copy(chunks: Iterable[bytes], descriptor: int, limit: int) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLong(code="file_too_large")
        digest.update(chunk)
        _write(descriptor, chunk)
    if not size:
        raise UnreadableFile(_("The file is empty. Nothing was saved."), code="empty_file")
    os.fsync(descriptor)
    return StoredFile(sha256=digest.hexdigest(), size=size)


def _write(descriptor: int, chunk: bytes) -> None:
    """All of it: on a disk that is nearly full the system writes a part, and only the number says so."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _keep(temporary: Path, organisation_id: uuid.UUID, stored: StoredFile) -> StoredFile:
    target = path_of(organisation_id=organisation_id, sha256=stored.sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(temporary, target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return stored


def read(*, organisation_id: uuid.UUID, sha256: str) -> bytes:
    return path_of(organisation_id=organisation_id, sha256=sha256).read_bytes()
