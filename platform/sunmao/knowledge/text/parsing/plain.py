"""Plain text: nothing but decoding."""

from __future__ import annotations

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed

MEDIA_TYPE = "text/plain"


def parse(*, name: str, data: bytes) -> Parsed:
    decoded = decode(data)
    return Parsed(text=decoded.text, title=title_from(name), media_type=MEDIA_TYPE, encoding=decoded.encoding)


__all__ = ["MEDIA_TYPE", "parse"]
