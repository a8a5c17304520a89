"""All kinds of files, and which one a file is: its bytes decide, its ending only where they cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import formats
from sunmao.knowledge.text.parsing.naming import extension_of
from sunmao.knowledge.text.parsing.parsed import Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.radicals import without_radicals
from sunmao.knowledge.text.parsing.source import Content, Format, Member, Source

FORMATS: tuple[Format, ...] = tuple(
    import_module(f"{formats.__name__}.{module.name}").FORMAT for module in iter_modules(formats.__path__)
)
SUPPORTED_EXTENSIONS: dict[str, str] = dict(
    sorted((extension, known.media_type) for known in FORMATS for extension in known.extensions)
)
"""Extension → media type."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# MS-OFFCRYPTO §2.3: a password-protected office document is an OLE container with this stream, in UTF-16.
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`; which codes there are stands in the API guide."""
    found, claimed = format_of(source), _claimed(source.name)
    parsed = _read(found, source)
    if claimed and claimed is not found:
        about, detail = extension_of(source.name), found.extensions[0]
        parsed = replace(parsed, remarks=(*parsed.remarks, Remark("wrong_extension", about, detail)))
    # Neither the database nor JSON can hold the first, and radicals come along with what was copied out of a
    # PDF; one for one, so that offsets stay.
    return replace(
        parsed,
        text=without_radicals(_NO_CHARACTER.sub("\ufffd", parsed.text)),
        title=without_radicals(_NO_CHARACTER.sub("", parsed.title)),
    )


def unpack(source: Source) -> Iterator[Member]:
    """The files inside a file of a kind that holds others. Raises `UnreadableFile` as `parse` does."""
    found = format_of(source)
    if found.unpack is None:
        return
    try:
        yield from found.unpack(source)
    except UnreadableFile:
        raise
    except (MemoryError, RecursionError) as error:
        raise _too_complex() from error
    except Exception as error:
        raise _damaged() from error


def _read(found: Format, source: Source) -> Parsed:
    try:
        return found.parse(source)
    except UnreadableFile:
        raise
    except (MemoryError, RecursionError) as error:
        raise _too_complex() from error
    except Exception as error:
        # Libraries raise whatever comes to hand on bytes of strangers; all of it is about this file.
        raise _damaged() from error


def _too_complex() -> UnreadableFile:
    return unreadable(
        "file_too_complex",
        _("The file takes more time or memory to read than is allowed. Split or simplify it."),
    )


def _damaged() -> UnreadableFile:
    return unreadable(
        "corrupt_file", _("The file is damaged or unusual. Open it, save it again, then upload it.")
    )


def format_of(source: Source) -> Format:
    if not source.data:
        raise unreadable("empty_file", _("The file is empty. Check that it was saved, then upload it again."))
    content, claimed = Content(source.data), _claimed(source.name)
    known = [one for one in FORMATS if one.is_it and one.is_it(content)]
    if known:
        return claimed if claimed in known else known[0]
    if source.data.startswith(_OLE):
        raise _ole(source.data)
    if claimed is None:
        raise _unsupported()
    if claimed.is_it and claimed.is_marked:
        raise unreadable(
            "corrupt_file", _("The content is not what the file name says. Export the file again.")
        )
    return claimed


def _claimed(name: str) -> Format | None:
    extension = extension_of(name)
    return next((known for known in FORMATS if extension in known.extensions), None)


def _ole(data: bytes) -> UnreadableFile:
    if _ENCRYPTED_STREAM in data:
        return unreadable(
            "encrypted_file", _("The document is protected by a password. Remove it, then upload again.")
        )
    return unreadable(
        "unsupported_file_type",
        _("This is the format of Office before 2007. Save it as .docx, .xlsx or .pptx, then upload it."),
    )


def _unsupported() -> UnreadableFile:
    return unreadable(
        "unsupported_file_type",
        _(
            "This kind of file cannot be read. Supported are text, web pages, PDF, Office documents, tables, "
            "mail, archives and pictures."
        ),
    )


__all__ = ["FORMATS", "SUPPORTED_EXTENSIONS", "format_of", "parse", "unpack"]
