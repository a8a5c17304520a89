"""Folders of the server: what lies in one, and the content of one file.

Nothing here follows a link, neither a folder nor a file, and a path is opened step by step from its folder:
whoever may write there cannot make the server read anything else by exchanging a folder for a link.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from sunmao.core.errors import TooLong
from sunmao.knowledge.sources.models import LONGEST_ADDRESS
from sunmao.knowledge.sources.problems import EntryRefused, SourceFailed
from sunmao.knowledge.text.parsing import SUPPORTED_EXTENSIONS
from sunmao.knowledge.text.parsing.naming import extension_of

LONGEST_NAME_SHOWN = 500
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".filepart", "~")
_HIDDEN = (".", "~$", "#", "@eaDir", "__MACOSX")
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True)
class Found:
    """`fingerprint` changes whenever the content may have; `problem` is the code of why it is not taken."""

    path: str
    fingerprint: str = ""
    problem: str = ""


def scan(folder: Path, *, known: dict[str, str], limit: int) -> tuple[list[Found], bool]:
    """The files, and whether there were more than `limit`.

    What is new or changed must look the same a moment later: a file that is being copied grows.
    Raises `SourceFailed`.
    """
    before, cut = _seen(folder, limit)
    if all(known.get(path) == fingerprint for path, fingerprint in before.items()):
        after = before
    else:
        time.sleep(settings.SUNMAO_SOURCE_SETTLE.total_seconds())
        after, cut = _seen(folder, limit)
    return [
        _found(path, fingerprint, settled=before.get(path) == fingerprint)
        for path, fingerprint in sorted(after.items())
    ], cut


def _found(path: str, fingerprint: str, *, settled: bool) -> Found:
    written = path.encode(errors="backslashreplace")
    if written != path.encode(errors="replace") or len(written) > LONGEST_ADDRESS:
        return Found(written.decode()[:LONGEST_NAME_SHOWN], fingerprint, "invalid_file_name")
    if extension_of(path) not in SUPPORTED_EXTENSIONS:
        return Found(path, fingerprint, "unsupported_type")
    # What is still being written has no fingerprint yet, so that the next look sees a change.
    return Found(path, fingerprint) if settled else Found(path, "", "still_changing")


def _seen(folder: Path, limit: int) -> tuple[dict[str, str], bool]:
    seen: dict[str, str] = {}
    for path, fingerprint in _walk(folder):
        if len(seen) >= limit:
            return seen, True
        seen[path] = fingerprint
    return seen, False


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    if folder.resolve() != folder or not folder.is_dir():
        raise SourceFailed(code="folder_not_found")
    for here, inside, files, descriptor in os.fwalk(folder, follow_symlinks=False, onerror=_unreadable):
        inside[:] = sorted(name for name in inside if not _is_hidden(name))
        for name in sorted(files):
            if _is_hidden(name) or name.lower().endswith(_UNFINISHED):
                continue
            try:
                found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(found.st_mode):
                yield os.path.relpath(os.path.join(here, name), folder), _fingerprint(found)


def _unreadable(error: OSError) -> None:
    """A folder that cannot be read must not look empty: what was in it would be removed."""
    raise SourceFailed(code="folder_not_found") from error


def _is_hidden(name: str) -> bool:
    return name.startswith(_HIDDEN) or name in ("Thumbs.db", "desktop.ini")


def _fingerprint(found: os.stat_result) -> str:
    return f"{found.st_size}:{found.st_mtime_ns}"


def content_of(folder: Path, path: str) -> tuple[bytes, str]:
    """The bytes of a file and its fingerprint. Raises `EntryRefused`, `TooLong`."""
    try:
        descriptor = _opened(folder, Path(path).parts)
    except OSError as error:
        raise EntryRefused(code="cannot_open") from error
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise EntryRefused(code="cannot_open")
        if before.st_size > settings.SUNMAO_MAX_UPLOAD:
            raise TooLong(code="file_too_large")
        data = file.read(settings.SUNMAO_MAX_UPLOAD + 1)
        after = os.fstat(descriptor)
    if _fingerprint(before) != _fingerprint(after) or len(data) != after.st_size:
        raise EntryRefused(code="still_changing")
    return data, _fingerprint(after)


def _opened(folder: Path, parts: tuple[str, ...]) -> int:
    if not parts or any(part in ("..", "/") for part in parts):
        raise OSError(0, "outside")
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    for depth, part in enumerate(parts, start=1):
        flags = _OPEN if depth == len(parts) else _OPEN | os.O_DIRECTORY
        try:
            inner = os.open(part, flags, dir_fd=here)
        finally:
            os.close(here)
        here = inner
    return here
