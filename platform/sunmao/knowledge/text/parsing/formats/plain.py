"""Plain text: nothing but decoding."""

from __future__ import annotations

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.parsing.source import Format, Source

MEDIA_TYPE = "text/plain"


def parse(source: Source) -> Parsed:
    decoded = decode(source.data)
    title = title_from(source.name)
    return Parsed(text=decoded.text, title=title, media_type=MEDIA_TYPE, encoding=decoded.encoding)


FORMAT = Format(MEDIA_TYPE, (".txt",), parse, is_plain=True)
__all__ = ["FORMAT"]
