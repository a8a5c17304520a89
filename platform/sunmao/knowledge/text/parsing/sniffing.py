"""What a file is: its first bytes decide, its extension only where they cannot."""

from __future__ import annotations

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import archive, docx, markdown, pdf, plain
from sunmao.knowledge.text.parsing.naming import extension_of
from sunmao.knowledge.text.parsing.parsed import unreadable

SUPPORTED_EXTENSIONS: dict[str, str] = {
    ".docx": docx.MEDIA_TYPE,
    ".markdown": markdown.MEDIA_TYPE,
    ".md": markdown.MEDIA_TYPE,
    ".pdf": pdf.MEDIA_TYPE,
    ".txt": plain.MEDIA_TYPE,
}
"""Extension → media type."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF, _PDF_WITHIN = b"%PDF-", 1024
# MS-OFFCRYPTO §2.3: a password-protected Word document is an OLE container with this stream, named in UTF-16.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_CARRIES_MAGIC = (docx.MEDIA_TYPE, pdf.MEDIA_TYPE)


def media_type_of(*, name: str, data: bytes) -> str:
    """Raises `UnreadableFile`: `empty_file`, `unsupported_file_type`, `corrupt_file` or `encrypted_file`."""
    if not data:
        raise unreadable("empty_file", _("The file is empty. Check that it was saved, then upload it again."))
    claimed = SUPPORTED_EXTENSIONS.get(extension_of(name))
    if _PDF in data[:_PDF_WITHIN]:
        return pdf.MEDIA_TYPE
    if data.startswith(_ZIP):
        return _zipped(data, claimed)
    if data.startswith(_OLE) and _ENCRYPTED_STREAM in data:
        raise unreadable(
            "encrypted_file", _("The document is protected by a password. Remove it, then upload again.")
        )
    if claimed is None or data.startswith(_OLE):
        raise unsupported()
    if claimed in _CARRIES_MAGIC:
        raise unreadable(
            "corrupt_file", _("The content is not what the file name says. Export the file again.")
        )
    return claimed


def unsupported() -> UnreadableFile:
    return unreadable(
        "unsupported_file_type",
        format_lazy(
            _("This kind of file cannot be read. Supported: {extensions}."),
            extensions=", ".join(SUPPORTED_EXTENSIONS),
        ),
    )


def _zipped(data: bytes, claimed: str | None) -> str:
    # A broken container is only worth explaining when the name promises a Word document.
    if claimed != docx.MEDIA_TYPE and not _names_word(data):
        raise unsupported()
    if docx.MAIN_PART not in archive.inspect(data):
        raise unsupported()
    return docx.MEDIA_TYPE


def _names_word(data: bytes) -> bool:
    return docx.MAIN_PART.encode() in data


__all__ = ["SUPPORTED_EXTENSIONS", "media_type_of", "unsupported"]
