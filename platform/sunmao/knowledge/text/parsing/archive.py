"""A look at a zip container before anything is unpacked."""

from __future__ import annotations

from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.parsing.parsed import unreadable

MAX_UNPACKED = 200 * 1024 * 1024
"""Bytes of all entries together. `zipfile` never reads more of an entry than it declares, so the
declaration binds."""
MAX_RATIO = 100
"""Unpacked bytes for each packed byte, over the whole file."""
MAX_ENTRIES = 10_000

_ENCRYPTED_FLAG = 0x1


def inspect(data: bytes) -> tuple[str, ...]:
    """The entry names of a container that is safe to unpack.

    Raises `UnreadableFile`: `corrupt_file`, `encrypted_file` or `file_too_large_inside`.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise unreadable(
            "corrupt_file", _("The file is damaged or incomplete. Save it again, then upload it.")
        ) from error
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise unreadable(
            "encrypted_file", _("The file is protected by a password. Remove it, then upload again.")
        )
    if not _is_modest(entries, packed=len(data)):
        raise unreadable(
            "file_too_large_inside",
            _("The file unpacks to far more than its size. Split it into smaller documents."),
        )
    return tuple(entry.filename for entry in entries)


def _is_modest(entries: list[ZipInfo], *, packed: int) -> bool:
    unpacked = sum(entry.file_size for entry in entries)
    return len(entries) <= MAX_ENTRIES and unpacked <= MAX_UNPACKED and unpacked <= MAX_RATIO * max(1, packed)


__all__ = ["MAX_ENTRIES", "MAX_RATIO", "MAX_UNPACKED", "inspect"]
