"""Markdown stays as it was written, so that offsets point into the file a reader knows."""

from __future__ import annotations

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.headings import heading_text, lines_of
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed

MEDIA_TYPE = "text/markdown"


def parse(*, name: str, data: bytes) -> Parsed:
    decoded = decode(data)
    title = first_heading(decoded.text) or title_from(name)
    return Parsed(text=decoded.text, title=title, media_type=MEDIA_TYPE, encoding=decoded.encoding)


def first_heading(text: str) -> str:
    """The first heading that says something, or an empty string."""
    return next((said for line in lines_of(text) if line.level and (said := heading_text(line.text))), "")


__all__ = ["MEDIA_TYPE", "first_heading", "parse"]
