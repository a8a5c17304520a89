"""Markdown stays as it was written, so that offsets point into the file a reader knows. Only a picture that
stands in the file with its bytes becomes what it is called and what stands in it."""

from __future__ import annotations

import base64
import re

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.headings import first_heading
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, Picture
from sunmao.knowledge.text.parsing.pictures import LARGEST, NEEDS, Gallery
from sunmao.knowledge.text.parsing.source import Format, Source

MEDIA_TYPE = "text/markdown"
WITH_BYTES = b"data:image/"
"""Where these stand in a file it is no mere text."""

_PICTURE = re.compile(
    r"!\[([^\]\n]{0,500})\]\(\s?<?data:image/[\w.+-]{1,20};base64,([A-Za-z0-9+/=\s]*)[^)\n]{0,500}\)"
)


def parse(source: Source) -> Parsed:
    decoded = decode(source.data)
    gallery = Gallery.of(source)
    has_pictures = WITH_BYTES in source.data
    text, pictures = _without_bytes(decoded.text, gallery) if has_pictures else (decoded.text, ())
    title = first_heading(text) or title_from(source.name)
    return Parsed(
        text=text,
        title=title,
        media_type=MEDIA_TYPE,
        encoding=decoded.encoding,
        pictures=pictures,
        remarks=tuple(gallery.remarks),
    )


def _without_bytes(text: str, gallery: Gallery) -> tuple[str, tuple[Picture, ...]]:
    said, pictures, length, after = list[str](), list[Picture](), 0, 0
    for found in _PICTURE.finditer(text):
        shot = gallery.shot(_inside(found[2]), found[1])
        block = shot.block if shot else f"![{found[1]}]"
        before = text[after : found.start()]
        start = length + len(before)
        said += [before, block]
        length, after = start + len(block), found.end()
        if shot:
            data = base64.b64encode(shot.data).decode()
            pictures.append(Picture(shot.media_type, data, start, length))
    return "".join((*said, text[after:])), tuple(pictures)


def _inside(encoded: str) -> bytes:
    if len(encoded) > 2 * LARGEST:
        return b""
    try:
        return base64.b64decode(encoded, validate=False)
    except ValueError:
        return b""


FORMAT = Format(MEDIA_TYPE, (".md", ".markdown"), parse, is_plain=True, needs=NEEDS)
__all__ = ["FORMAT", "WITH_BYTES"]
