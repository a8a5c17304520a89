"""Archives: every readable member is a part of one document, under its own path, or a document of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from zipfile import ZipFile, ZipInfo

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import UnreadableFile
from sunmao.knowledge.text.parsing import archive
from sunmao.knowledge.text.parsing.naming import last_component, title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.source import Content, Format, Member, Source
from sunmao.knowledge.text.parsing.writing import Text

MEDIA_TYPE = "application/zip"

_UTF8_FLAG = 0x800
_STOPS = ("file_too_large_inside", "file_too_complex", "unsafe_file")
"""A member with one of these spoils the whole archive: it was built for harm, or would use up the worker."""


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile`: as `archive.opened` does, `empty_file`, or the only member's reason."""
    if source.apart:
        return _listed(source)
    text = Text()
    reasons: list[UnreadableFile] = []
    with archive.opened(source.data, source.budget) as container:
        for entry in _members(container):
            name = name_of(entry)
            try:
                text.add_part(name, source.inside(name, archive.read(container, entry)))
            except UnreadableFile as error:
                if error.code in _STOPS:
                    raise
                reasons.append(error)
                text.remarks.append(Remark("skipped_part", name, error.code))
    if not text.parts:
        raise _nothing_in(reasons)
    return text.parsed(title=title_from(source.name), media_type=MEDIA_TYPE)


def unpack(source: Source) -> Iterator[Member]:
    """The members, in the order of the archive. Raises as `archive.opened` does, or `empty_file`."""
    container = archive.opened(source.data, source.budget)
    members = _members(container)
    if not members:
        raise _nothing_in([])
    for entry in members:
        yield Member(name_of(entry), entry.file_size, partial(archive.read, container, entry))


def _listed(source: Source) -> Parsed:
    """What the archive holds, by name; the members' own words are in their own documents."""
    names = [member.name for member in unpack(source)]
    return Parsed(text="\n".join(names), title=title_from(source.name), media_type=MEDIA_TYPE)


def _members(container: ZipFile) -> list[ZipInfo]:
    return [entry for entry in container.infolist() if not _is_clutter(entry)]


def name_of(entry: ZipInfo) -> str:
    """Windows in China writes names in GBK without saying so; `zipfile` then reads them as code page 437."""
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _is_clutter(entry: ZipInfo) -> bool:
    """Folders, and what systems add without being asked."""
    name = last_component(entry.filename)
    return (
        entry.is_dir()
        or name.startswith((".", "~$"))
        or entry.filename.startswith("__MACOSX/")
        or name == "Thumbs.db"
    )


def _nothing_in(reasons: list[UnreadableFile]) -> UnreadableFile:
    if len(reasons) == 1:
        return reasons[0]
    return unreadable(
        "empty_file", _("The archive holds no document that can be read. Upload the documents themselves.")
    )


def _is_zip(content: Content) -> bool:
    return content.data.startswith(archive.SIGNATURES) and not any(
        name in content.members for name in ("word/document.xml", "xl/workbook.xml", "ppt/presentation.xml")
    )


FORMAT = Format(MEDIA_TYPE, (".zip",), parse, _is_zip, unpack=unpack)
__all__ = ["FORMAT", "name_of"]
