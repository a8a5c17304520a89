"""Markdown stays as it was written, so that offsets point into the file a reader knows."""

from __future__ import annotations

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.headings import first_heading
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.parsing.source import Format, Source

MEDIA_TYPE = "text/markdown"


def parse(source: Source) -> Parsed:
    decoded = decode(source.data)
    title = first_heading(decoded.text) or title_from(source.name)
    return Parsed(text=decoded.text, title=title, media_type=MEDIA_TYPE, encoding=decoded.encoding)


FORMAT = Format(MEDIA_TYPE, (".md", ".markdown"), parse, is_plain=True)
__all__ = ["FORMAT"]
