"""What a reading process does with a file that holds others: takes some of them out, and reads none."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from sunmao.core.errors import TooLong, UnreadableFile
from sunmao.knowledge.sandbox import wire
from sunmao.knowledge.text.parsing import registry
from sunmao.knowledge.text.parsing.parsed import unreadable
from sunmao.knowledge.text.parsing.source import Source

MOST, ENOUGH = 200, 8 << 20
"""Files in one answer, and the bytes after which it ends; their text is a third longer on the way."""


def taken(*, name: str, data: bytes, recognise: Any, start: int, largest: int) -> dict[str, Any]:
    """Runs confined. The container is looked at anew each time: nothing is kept between two looks."""
    members = list(registry.unpack(Source(name, data, registry.parse)))
    said: list[dict[str, Any]] = []
    size, place = 0, start
    while place < len(members) and len(said) < MOST and size < ENOUGH:
        member = members[place]
        said.append({"name": member.name, **_content(member.read, member.size, largest)})
        size += member.size
        place += 1
    return {
        "count": len(members),
        "unpacked": sum(member.size for member in members),
        "members": said,
        "rest": place if place < len(members) else -1,
    }


def _content(read: Callable[[], bytes], size: int, largest: int) -> dict[str, Any]:
    try:
        if size > largest:
            raise unreadable("file_too_large", TooLong.messages["file_too_large"])
        return {"data": base64.b64encode(read()).decode()}
    except UnreadableFile as error:
        return {"failure": wire.failure(error)}


__all__ = ["taken"]
