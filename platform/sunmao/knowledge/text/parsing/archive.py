"""A look at a zip container before anything is unpacked, and counted unpacking."""

from __future__ import annotations

import stat
import zlib
from io import BytesIO
from itertools import pairwise
from lzma import LZMAError
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing.parsed import unreadable
from sunmao.knowledge.text.parsing.source import Budget

SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
MAX_RATIO = 100
"""Unpacked bytes for each packed byte, over the whole file."""

BROKEN = (BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error, LZMAError)
"""What `zipfile` raises on a bad container or member."""

_ENCRYPTED_FLAG = 0x1
_STEP = 1 << 16


def opened(data: bytes, budget: Budget) -> ZipFile:
    """The container, safe to unpack.

    Raises `UnreadableFile`: `corrupt_file`, `encrypted_file`, `unsafe_file` or `file_too_large_inside`.
    """
    try:
        archive = ZipFile(BytesIO(data))
    except BROKEN as error:
        raise damaged() from error
    entries = archive.infolist()
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise unreadable(
            "encrypted_file", _("The file is protected by a password. Remove it, then upload again.")
        )
    _check_sizes(entries, packed=len(data), budget=budget)
    _check_layout(entries)
    return archive


def read(archive: ZipFile, entry: ZipInfo) -> bytes:
    """One member, counted while it unpacks: what its header declares is a claim, not a fact."""
    parts, left = [], entry.file_size
    try:
        with archive.open(entry) as member:
            while part := member.read(_STEP):
                left -= len(part)
                if left < 0:
                    raise _misleading()
                parts.append(part)
    except BROKEN as error:
        raise damaged() from error
    return b"".join(parts)


def damaged() -> UnreadableFile:
    return unreadable("corrupt_file", _("The file is damaged or incomplete. Save it again, then upload it."))


def _check_sizes(entries: list[ZipInfo], *, packed: int, budget: Budget) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    budget.take(entries=len(entries), unpacked=unpacked)
    if unpacked > MAX_RATIO * max(1, packed):
        raise unreadable(
            "file_too_large_inside",
            _("The file unpacks to far more than its size. Split it into smaller documents."),
        )


def _check_layout(entries: list[ZipInfo]) -> None:
    """Members that share bytes, links, and names that lead outside are only ever made on purpose."""
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    if any(one.header_offset + one.compress_size > two.header_offset for one, two in pairwise(placed)):
        raise _misleading()
    if any(_leads_outside(entry) for entry in entries):
        raise _misleading()


def _leads_outside(entry: ZipInfo) -> bool:
    name = entry.orig_filename.replace("\\", "/")
    return (
        stat.S_ISLNK(entry.external_attr >> 16)
        or "\x00" in name
        or name.startswith("/")
        or name[1:3] == ":/"
        or ".." in name.split("/")
    )


def _misleading() -> UnreadableFile:
    return unreadable(
        "unsafe_file",
        _("The file is built to mislead the program that opens it. Pack or save it again, then upload it."),
    )


__all__ = ["BROKEN", "MAX_RATIO", "SIGNATURES", "damaged", "opened", "read"]
